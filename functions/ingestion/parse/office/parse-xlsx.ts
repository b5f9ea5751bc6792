import type { Archive } from '../archive.ts';
import { readXml } from '../read-xml.ts';
import { type ParsedFile, recordSection, type Section } from '../section.ts';
import { SheetRecords } from '../sheet-records.ts';
import { readTimeStyles } from './number-formats.ts';
import { findQualified, readRelations } from './read-relations.ts';
import { readSharedStrings } from './shared-strings.ts';
import { readSlideText } from './slide-text.ts';
import { readSheetRows, type WorkbookTables } from './sheet-rows.ts';

const WORKBOOK = 'xl/workbook.xml';

interface Workbook {
  sheets: { name: string; id: string }[];
  is1904: boolean;
}

function readWorkbook(archive: Archive): Workbook {
  const workbook: Workbook = { sheets: [], is1904: false };
  readXml(
    archive.require(WORKBOOK),
    {
      open(name, attributes) {
        if (name === 'workbookPr') workbook.is1904 = /^(1|true)$/.test(attributes['date1904'] ?? '');
        if (name !== 'sheet') return;
        workbook.sheets.push({ name: attributes['name'] ?? '', id: findQualified(attributes, 'id') ?? '' });
      },
    },
    WORKBOOK,
  );
  return workbook;
}

function* readSheet(
  archive: Archive,
  { name, part }: { name: string; part: string },
  tables: WorkbookTables,
): Generator<Section> {
  const records = new SheetRecords(name);
  for (const row of readSheetRows(archive.require(part), { sheet: name, part }, tables))
    yield* records.add(row);
  yield* records.finish();
  for (const drawing of readRelations(archive, part).filter(({ type }) => type === 'drawing')) {
    const { text } = readSlideText(archive.find(drawing.part) ?? new Uint8Array(0), drawing.part);
    if (text !== '') yield recordSection(text, {}, [name]);
  }
}

/** Parses a workbook: its sheets in their order, hidden ones too, and of each a record a row, and one for the text of shapes upon it. Formulas keep their saved result or stay text. */
export function parseXlsx(archive: Archive): ParsedFile {
  const { sheets, is1904 } = readWorkbook(archive);
  const relations = readRelations(archive, WORKBOOK);
  const partOf = (type: string): string => relations.find((relation) => relation.type === type)?.part ?? '';
  const tables = {
    strings: readSharedStrings(archive, partOf('sharedStrings')),
    timeStyles: readTimeStyles(archive, partOf('styles')),
    is1904,
  };
  function* readSheets(): Generator<Section> {
    for (const { name, id } of sheets) {
      const relation = relations.find((each) => each.id === id);
      if (relation?.type === 'worksheet') yield* readSheet(archive, { name, part: relation.part }, tables);
    }
  }
  return { sections: readSheets(), hasUntypedValues: false, notes: [] };
}
