import { Parser } from 'htmlparser2';
import { S3Error } from './s3-error.ts';

/** An element of a request: its text and its children. */
export interface XmlNode {
  name: string;
  text: string;
  children: XmlNode[];
}

const DEEPEST = 8;

/** Parses a request's XML; fails with MalformedXML unless it is well formed, shallow and rooted in `rootName`. */
export function readXml(text: string, rootName: string): XmlNode {
  const top: XmlNode = { name: '', text: '', children: [] };
  const open: XmlNode[] = [top];
  const parser = new Parser(
    {
      onopentag(name) {
        const node = { name, text: '', children: [] };
        open.at(-1)?.children.push(node);
        open.push(node);
        if (open.length > DEEPEST) throw malformed('it is nested too deeply');
      },
      ontext(data) {
        const node = open.at(-1);
        if (node) node.text += data;
      },
      onclosetag(name, isImplied) {
        if (isImplied && open.length > 1) throw malformed(`<${name}> is not closed`);
        open.pop();
      },
      onprocessinginstruction(name) {
        if (name.toLowerCase() !== '?xml') throw malformed(`it has <${name}`);
      },
      onerror(error) {
        throw error;
      },
    },
    { xmlMode: true, decodeEntities: true, recognizeSelfClosing: true },
  );
  parser.write(text);
  parser.end();
  const [root, ...others] = top.children;
  if (!root || others.length > 0 || root.name !== rootName || top.text.trim() !== '') {
    throw malformed(`its root is ${root ? `<${root.name}>` : 'missing'}; expected one <${rootName}>`);
  }
  return root;
}

/** Returns the trimmed-free text of the only child of that name, or undefined. */
export function childText(node: XmlNode, name: string): string | undefined {
  const found = node.children.filter((child) => child.name === name);
  if (found.length > 1) throw malformed(`<${node.name}> has more than one <${name}>`);
  return found[0]?.text;
}

export function malformed(problem: string): S3Error {
  return new S3Error(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate: ${problem}`,
  );
}
