import type { getDocumentProxy } from 'unpdf';
import { cleanText, flattenText } from '../clean-text.ts';

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;
type PdfPage = Awaited<ReturnType<PdfDocument['getPage']>>;

/** What pdf.js says of a field on a page, as far as it is of use here. */
interface Widget {
  subtype?: string;
  fieldName?: string | null;
  alternativeText?: string | null;
  fieldValue?: string | string[] | null;
  pushButton?: boolean;
  password?: boolean;
  hidden?: boolean;
}

const MAX_FIELDS = 5_000;
/** What a box says that is not ticked. */
const UNTICKED = 'Off';

function describe({ fieldName, alternativeText, fieldValue }: Widget): string | null {
  const value = flattenText(cleanText([fieldValue ?? ''].flat().join(', ')));
  if (value === '' || value === UNTICKED) return null;
  const name = flattenText(cleanText(alternativeText ?? '')) || flattenText(cleanText(fieldName ?? ''));
  return name === '' ? value : `${name}: ${value}`;
}

/** Whether a document is a form: only then its pages are worth being asked for fields. */
export async function hasFields(document: PdfDocument): Promise<boolean> {
  // A broken form is no reason to lose the text.
  return (await document.getFieldObjects().catch(() => null)) !== null;
}

/** Returns what was filled in on a page, a line a field; passwords and hidden fields are left out. */
export async function readFields(page: PdfPage): Promise<string> {
  const widgets = (await page.getAnnotations().catch(() => [])) as Widget[];
  const lines = widgets
    .slice(0, MAX_FIELDS)
    .filter((each) => each.subtype === 'Widget' && !each.pushButton && !each.password && !each.hidden)
    .flatMap((widget) => describe(widget) ?? []);
  return [...new Set(lines)].join('\n');
}
