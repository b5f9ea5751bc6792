import type { InputDescriptor } from '../schema-model.ts';

/** Reads the text of a field as the schema's type wants it; empty means not given. */
export function readOption({ type, isList }: InputDescriptor, text: string | undefined): unknown {
  if (text === undefined || text.trim() === '') return undefined;
  if (isList) return readList(text, type);
  return type === 'Int' || type === 'Float' ? Number(text) : text;
}

/** Takes a JSON list, or values between commas. */
function readList(text: string, type: string): unknown[] {
  const isNumeric = type === 'Int' || type === 'Float';
  const bare = text.trim().replace(/^\[|\]$/g, '');
  return bare
    .split(',')
    .map((item) => item.trim().replace(/^"|"$/g, ''))
    .filter((item) => item !== '')
    .map((item) => (isNumeric ? Number(item) : item));
}
