import { Parser } from 'htmlparser2';
import type { LibraryFunction } from './handler-session.ts';

type Bag = Record<string, unknown>;

interface Element {
  name: string;
  /** Attributes and child elements. */
  members: Bag;
  text: string;
}

const DEEPEST = 500;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Text that reads as a number or a truth value becomes one. */
function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  const number = NUMBER.test(text) ? Number(text) : NaN;
  const isExact = Number.isFinite(number) && (!/^-?\d+$/.test(text) || Number.isSafeInteger(number));
  return isExact ? number : text;
}

/** A second member of one name makes both a list. */
function add(members: Bag, name: string, value: unknown): void {
  if (!Object.hasOwn(members, name)) {
    // A definition, because assigning would lose a member called `__proto__`.
    Object.defineProperty(members, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    return;
  }
  const before = members[name];
  members[name] = Array.isArray(before) ? [...(before as unknown[]), value] : [before, value];
}

function valueOf({ members, text }: Element): unknown {
  const trimmed = text.trim();
  if (Object.keys(members).length === 0) return scalar(trimmed);
  if (trimmed !== '') add(members, 'content', scalar(trimmed));
  return members;
}

function fail(problem: string): never {
  throw new Error(`the text is not well-formed XML: ${problem}`);
}

/** Converts XML to an object: elements and attributes become members. Entities of a DTD are not read. */
function toMap(xml: string): Bag {
  const root: Element = { name: '', members: {}, text: '' };
  const open: Element[] = [root];
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (open.length > DEEPEST) fail(`it is nested more than ${DEEPEST} levels deep`);
        const element: Element = { name, members: {}, text: '' };
        for (const [key, value] of Object.entries(attributes)) add(element.members, key, scalar(value));
        open.push(element);
      },
      ontext(text) {
        open.at(-1)!.text += text;
      },
      onclosetag(name, isImplied) {
        // A self-closing element is reported as implied, too: an unclosed one is found at the end.
        const element = open.pop()!;
        if (isImplied && !isSelfClosed(xml, parser.endIndex)) fail(`<${name}> is not closed`);
        add(open.at(-1)!.members, element.name, valueOf(element));
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(xml);
  if (root.text.trim() !== '') fail(`'${root.text.trim().slice(0, 40)}' stands outside of every element`);
  if (Object.keys(root.members).length === 0) fail('it has no element');
  return root.members;
}

function isSelfClosed(xml: string, end: number): boolean {
  return xml.slice(Math.max(0, end - 1), end + 1) === '/>';
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`the argument must be a string that holds XML, not ${JSON.stringify(value)}`);
}

/** `util.xml`. */
export const xmlFunctions = {
  'util.xml.toMap': ([xml]) => toMap(text(xml)),
  'util.xml.toJsonString': ([xml, stringEncode]) => {
    const json = JSON.stringify(toMap(text(xml)));
    return stringEncode === true ? JSON.stringify(json) : json;
  },
} satisfies Record<string, LibraryFunction>;
