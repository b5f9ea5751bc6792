import type { Archive } from '../archive.ts';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import { readXml } from '../read-xml.ts';
import { type ParsedFile, pageSection, type Section } from '../section.ts';
import { readCharts } from './read-charts.ts';
import { findQualified, readRelations, type Relation } from './read-relations.ts';
import { readSlideText } from './slide-text.ts';

const PRESENTATION = 'ppt/presentation.xml';

/** Slides in the order in which they are shown, which is not that of their names. */
function listSlides(archive: Archive): string[] {
  const ids: string[] = [];
  const open = (name: string, attributes: Record<string, string>): void => {
    if (name === 'sldId') ids.push(findQualified(attributes, 'id') ?? '');
  };
  readXml(archive.require(PRESENTATION), { open }, PRESENTATION);
  const relations = new Map(readRelations(archive, PRESENTATION).map((relation) => [relation.id, relation]));
  const listed = ids.flatMap((id) => relations.get(id)?.part ?? []);
  return listed.filter((part) => archive.has(part));
}

function checkCount(slides: number): void {
  if (slides <= INGESTION_LIMITS.pages) return;
  const message = `The presentation has ${slides} slides; at most ${INGESTION_LIMITS.pages} are allowed.`;
  throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
}

/** Diagrams keep their text in a part of their own. */
function readDiagrams(archive: Archive, relations: readonly Relation[]): string[] {
  const parts = relations.filter(({ type }) => type === 'diagramData').map(({ part }) => part);
  return parts.map((part) => readSlideText(archive.find(part) ?? new Uint8Array(0), part).text);
}

function readNotes(archive: Archive, relations: readonly Relation[]): string {
  const part = relations.find(({ type }) => type === 'notesSlide')?.part;
  const bytes = part === undefined ? null : archive.find(part);
  if (!bytes || part === undefined) return '';
  const { text } = readSlideText(bytes, part, { isNotes: true });
  return text === '' ? '' : `Notes:\n${text}`;
}

function readSlide(archive: Archive, part: string, page: number): Section {
  const { text, headings, tables } = readSlideText(archive.require(part), part);
  const relations = readRelations(archive, part);
  const shown = [...readDiagrams(archive, relations), ...readCharts(archive, relations)];
  const more = [...shown, readNotes(archive, relations)];
  const whole = [text, ...more].filter((piece) => piece !== '').join('\n\n');
  return { ...pageSection(page, whole, headings), tables };
}

/** Parses a presentation: a page for each slide, with its title, text, tables, diagrams, charts and notes. Nothing linked is fetched. */
export function parsePptx(archive: Archive): ParsedFile {
  const slides = listSlides(archive);
  checkCount(slides.length);
  function* readSlides(): Generator<Section> {
    for (const [index, part] of slides.entries()) yield readSlide(archive, part, index + 1);
  }
  return { sections: readSlides(), hasUntypedValues: false, notes: [] };
}
