import type { Archive } from '../archive.ts';
import { decodeXml } from '../read-xml.ts';

/** What the library that reads Word documents asks of their package. */
export interface WordParts {
  exists(name: string): boolean;
  read(name: string, encoding?: string): Promise<string | Uint8Array>;
}

/** Elements whose text the library passes over, by others that hold the same and that it reads. */
const RENAMED: [name: RegExp, by: string][] = [
  [/(<\/?)(?:w:(?:fldSimple|dir|bdo|ruby|rubyBase)|m:oMathPara)(?=[\s/>])/g, '$1w:smartTag'],
  [/(<\/?)v:(?:oval|line|polyline|curve|arc)(?=[\s/>])/g, '$1v:rect'],
  [/<w:cr(?=[\s/>])/g, '<w:br'],
  [/<w:ptab(?=[\s/>])/g, '<w:tab'],
];
/** Readings above characters of Asian scripts. */
const READING = /<w:rt>(?:(?!<w:rt>)[\s\S])*?<\/w:rt>/g;
const EQUATION = /<m:oMath(?=[\s>])(?:(?!<m:oMath[\s>])[\s\S])*?<\/m:oMath>/g;
const EQUATION_TEXT = /<m:t(?:\s[^<>]*)?>([^<]*)<\/m:t>/g;
const DRAWING = /<w:drawing(?=[\s>])(?:(?!<w:drawing[\s>])[\s\S])*?<\/w:drawing>/g;
const CHOICES =
  /<mc:AlternateContent(?=[\s>])(?:(?!<mc:AlternateContent[\s>])[\s\S])*?<\/mc:AlternateContent>/g;
const BOX_TEXT = /<w:txbxContent(?=[\s>])(?:(?!<w:txbxContent[\s>])[\s\S])*?<\/w:txbxContent>/g;

/** The text of an equation as it is typed, without the places of its parts. */
function flattenEquation(equation: string): string {
  const text = [...equation.matchAll(EQUATION_TEXT)].map(([, piece]) => piece ?? '').join('');
  return `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`;
}

function boxOf(drawing: string): string | null {
  const texts = drawing.match(BOX_TEXT);
  return texts && `<w:pict>${texts.join('')}</w:pict>`;
}

/** Of an element in two versions the older one is read; where only the newer one has text, that is taken over. */
function chooseText(choices: string): string {
  const fallback = choices.indexOf('<mc:Fallback');
  const hasOlder = fallback >= 0 && choices.includes('<w:txbxContent', fallback);
  const box = hasOlder ? null : boxOf(choices);
  return box ? `<mc:AlternateContent><mc:Fallback>${box}</mc:Fallback></mc:AlternateContent>` : choices;
}

function isText(name: string): boolean {
  return /(^|\/)(document|footnotes|endnotes)\d*\.xml$/.test(name);
}

/** Returns the XML of a Word document with its text in elements that the library knows; what is not about such elements stays as it is. */
export function mendWordXml(xml: string): string {
  let mended = xml
    .replace(CHOICES, chooseText)
    .replace(DRAWING, (drawing) => boxOf(drawing) ?? drawing)
    .replace(READING, '')
    .replace(EQUATION, flattenEquation);
  for (const [name, by] of RENAMED) mended = mended.replace(name, by);
  return mended;
}

/** Hands a document's parts to the library, each unpacked within its declared size. */
export function wordParts(archive: Archive): WordParts {
  const read = (name: string, encoding?: string): string | Uint8Array => {
    const bytes = archive.require(name);
    if (encoding === undefined) return bytes;
    if (encoding === 'base64') return Buffer.from(bytes).toString('base64');
    const xml = decodeXml(bytes);
    return isText(name) ? mendWordXml(xml) : xml;
  };
  return {
    exists: (name) => archive.has(name),
    // eslint-disable-next-line @typescript-eslint/require-await -- a missing part has to reject, not to throw
    read: async (name, encoding) => read(name, encoding),
  };
}
