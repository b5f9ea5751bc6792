/** XML that is ready to be sent: `text` was escaped. */
export interface Xml {
  readonly xml: string;
}

type Child = Xml | string | number | boolean | undefined | readonly Child[];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Returns an element; children that are undefined are left out, text is escaped. */
export function element(name: string, ...children: Child[]): Xml {
  const inner = children.map(render).join('');
  return { xml: inner === '' ? `<${name}/>` : `<${name}>${inner}</${name}>` };
}

/** Returns an element, or nothing when its text is undefined. */
export function optional(name: string, text: string | number | boolean | undefined): Xml | undefined {
  return text === undefined ? undefined : element(name, text);
}

/** Returns a whole document whose root is in S3's namespace. */
export function xmlDocument(name: string, ...children: Child[]): string {
  const inner = children.map(render).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${NAMESPACE}">${inner}</${name}>`;
}

/** Returns a whole error document, which S3 gives no namespace. */
export function xmlError(...children: Child[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', ...children).xml}`;
}

function render(child: Child): string {
  if (child === undefined) return '';
  if (Array.isArray(child)) return child.map(render).join('');
  if (typeof child === 'object') return (child as Xml).xml;
  return escapeText(String(child));
}

/** Control characters are legal in keys: they are written as character references, as S3 does. */
function escapeText(text: string): string {
  return text.replace(
    /[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g,
    (char) => ESCAPES[char] ?? `&#x${char.charCodeAt(0).toString(16)};`,
  );
}
