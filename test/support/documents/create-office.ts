import { createZip } from '../create-zip.ts';

const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

function relations(
  targets: readonly (readonly [id: string, type: string, target: string, mode?: string])[],
): string {
  const each = targets.map(
    ([id, type, target, mode]) =>
      `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"${mode ? ` TargetMode="${mode}"` : ''}/>`,
  );
  return `<Relationships>${each.join('')}</Relationships>`;
}

function slide(body: string): string {
  return `<p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>${body}</p:spTree></p:cSld></p:sld>`;
}

export interface SlideSource {
  title: string;
  lines?: string[];
  table?: string[][];
  notes?: string;
  /** The XML of a chart on the slide. */
  chart?: string;
}

function shape(type: string, lines: readonly string[]): string {
  const paragraphs = lines.map((line) => `<a:p><a:r><a:t>${line}</a:t></a:r></a:p>`).join('');
  return `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${type}"/></p:nvPr></p:nvSpPr><p:txBody>${paragraphs}</p:txBody></p:sp>`;
}

function table(rows: readonly string[][]): string {
  const cells = (row: readonly string[]): string =>
    row.map((cell) => `<a:tc><a:txBody><a:p><a:r><a:t>${cell}</a:t></a:r></a:p></a:txBody></a:tc>`).join('');
  const body = rows.map((row) => `<a:tr>${cells(row)}</a:tr>`).join('');
  return `<p:graphicFrame><a:graphic><a:tbl>${body}</a:tbl></a:graphic></p:graphicFrame>`;
}

/** Writes a presentation whose slides are shown in the order given, which is the reverse of their parts' names. */
export function createPptx(slides: readonly SlideSource[]): Uint8Array {
  const numberOf = (index: number): number => slides.length - index;
  const parts: Record<string, string> = {
    'ppt/presentation.xml': `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>${slides
      .map((_, index) => `<p:sldId id="${index}" r:id="rId${index}"/>`)
      .join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(
      slides.map((_, index) => [`rId${index}`, 'slide', `slides/slide${numberOf(index)}.xml`]),
    ),
  };
  for (const [index, { title, lines = [], table: rows, notes, chart }] of slides.entries()) {
    const number = numberOf(index);
    const body =
      shape('title', [title]) + shape('body', lines) + (rows ? table(rows) : '') + shape('sldNum', ['99']);
    parts[`ppt/slides/slide${number}.xml`] = slide(body);
    parts[`ppt/slides/_rels/slide${number}.xml.rels`] = relations([
      ['rId1', 'notesSlide', `../notesSlides/notes${number}.xml`],
      ['rId2', 'image', 'http://127.0.0.1:1/picture.png', 'External'],
      ...(chart ? [['rId3', 'chart', `../charts/chart${number}.xml`] as const] : []),
    ]);
    if (chart) parts[`ppt/charts/chart${number}.xml`] = chart;
    if (notes)
      parts[`ppt/notesSlides/notes${number}.xml`] = slide(shape('body', [notes]) + shape('sldNum', ['99']));
  }
  return createZip(parts);
}

/** A cell as it is written in a sheet: `n` number, `s` shared text, `str` text of a formula, `b` boolean, `d` a number shown as a date. */
export type CellSource =
  string | number | boolean | { formula: string; value?: string } | { date: number } | null;

function columnName(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : columnName(Math.floor(index / 26) - 1) + columnName(index % 26);
}

function cell(source: CellSource, reference: string, strings: string[]): string {
  if (source === null) return `<c r="${reference}" s="0"/>`;
  if (typeof source === 'string') return `<c r="${reference}" t="s"><v>${strings.push(source) - 1}</v></c>`;
  if (typeof source === 'number') return `<c r="${reference}"><v>${source}</v></c>`;
  if (typeof source === 'boolean') return `<c r="${reference}" t="b"><v>${source ? 1 : 0}</v></c>`;
  if ('date' in source) return `<c r="${reference}" s="1"><v>${source.date}</v></c>`;
  const { formula, value } = source;
  return `<c r="${reference}" t="str"><f>${formula}</f>${value === undefined ? '' : `<v>${value}</v>`}</c>`;
}

/** Writes a workbook; a null row is an empty one. */
export function createXlsx(sheets: Record<string, (CellSource[] | null)[]>): Uint8Array {
  const strings: string[] = [];
  const names = Object.keys(sheets);
  const parts: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const rows = (sheets[name] ?? []).map((row, at) => {
      const cells = (row ?? []).map((source, column) =>
        cell(source, `${columnName(column)}${at + 1}`, strings),
      );
      return `<row r="${at + 1}">${cells.join('')}</row>`;
    });
    parts[`xl/worksheets/sheet${index + 1}.xml`] =
      `<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`;
  }
  const listed = names.map(
    (name, index) => `<sheet name="${name}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  parts['xl/workbook.xml'] = `<workbook xmlns:r="r"><sheets>${listed.join('')}</sheets></workbook>`;
  parts['xl/_rels/workbook.xml.rels'] = relations([
    ...names.map((_, index): [string, string, string] => [
      `rId${index + 1}`,
      'worksheet',
      `worksheets/sheet${index + 1}.xml`,
    ]),
    ['rIdS', 'sharedStrings', 'sharedStrings.xml'],
    ['rIdT', 'styles', 'styles.xml'],
  ]);
  parts['xl/sharedStrings.xml'] = `<sst>${strings.map((text) => `<si><t>${text}</t></si>`).join('')}</sst>`;
  parts['xl/styles.xml'] =
    '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>';
  return createZip(parts);
}

/** Writes a Word document of the body's XML, with what else it refers to. */
export function createDocx(body: string, more: Record<string, string> = {}): Uint8Array {
  const types =
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>';
  return createZip({
    '[Content_Types].xml': types,
    '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/document.xml': `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="${RELATIONS}"><w:body>${body}</w:body></w:document>`,
    ...more,
  });
}
