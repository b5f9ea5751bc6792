/** A piece of text and where it stands on its page, counted from the lower left corner. */
export interface PlacedText {
  x: number;
  y: number;
  text: string;
  /** Of the letters; 10 unless told. */
  size?: number;
  /** Whether the text runs upwards. */
  isTurned?: boolean;
}

export interface PdfSource {
  pages: PlacedText[][];
  outline?: { title: string; page: number }[];
}

function toStream(texts: readonly PlacedText[]): string {
  const shown = texts.map(({ x, y, text, size = 10, isTurned = false }) => {
    const matrix = isTurned ? '0 1 -1 0' : '1 0 0 1';
    return `/F1 ${size} Tf ${matrix} ${x} ${y} Tm (${text.replace(/[()\\]/g, '\\$&')}) Tj`;
  });
  return `BT ${shown.join(' ')} ET`;
}

function outlineObjects(
  outline: NonNullable<PdfSource['outline']>,
  first: number,
  pageAt: (page: number) => number,
) {
  const root = `<</Type/Outlines/First ${first + 1} 0 R/Last ${first + outline.length} 0 R/Count ${outline.length}>>`;
  const items = outline.map(({ title, page }, index) => {
    const next = index + 1 < outline.length ? `/Next ${first + index + 2} 0 R` : '';
    return `<</Title(${title})/Parent ${first} 0 R/Dest[${pageAt(page)} 0 R/Fit]${next}>>`;
  });
  return [root, ...items];
}

/** Writes a PDF of text alone, in the order given, with an outline of one level. */
export function createPdf({ pages, outline = [] }: PdfSource): Uint8Array {
  const pageAt = (page: number): number => 4 + (page - 1) * 2;
  const kids = pages.map((_, index) => `${pageAt(index + 1)} 0 R`).join(' ');
  const outlineAt = 4 + pages.length * 2;
  const objects = [
    `<</Type/Catalog/Pages 2 0 R${outline.length > 0 ? `/Outlines ${outlineAt} 0 R` : ''}>>`,
    `<</Type/Pages/Kids[${kids}]/Count ${pages.length}>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...pages.flatMap((texts, index) => {
      const stream = toStream(texts);
      const content = pageAt(index + 1) + 1;
      return [
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>/Contents ${content} 0 R>>`,
        `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
      ];
    }),
    ...(outline.length > 0 ? outlineObjects(outline, outlineAt, pageAt) : []),
  ];
  return assemblePdf(objects);
}

/** Joins the objects of a PDF, the first of which is its catalogue, to a file. */
export function assemblePdf(objects: readonly string[]): Uint8Array {
  let body = '%PDF-1.7\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj${object}endobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const trailer = `trailer<</Root 1 0 R/Size ${size}>>\nstartxref\n${body.length}\n%%EOF\n`;
  return Buffer.from(`${body}xref\n0 ${size}\n0000000000 65535 f \n${table}${trailer}`, 'latin1');
}
