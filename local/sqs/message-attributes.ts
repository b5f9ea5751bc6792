import { createHash } from 'node:crypto';
import type { MessageAttribute } from './log-records.ts';
import { invalidParameter } from './sqs-error.ts';

const LARGEST_COUNT = 10;
const NAME = /^(?!AWS\.|Amazon\.)[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}$/i;

/** Checks the attributes of a message as they came over the wire. */
export function readMessageAttributes(value: unknown): Record<string, MessageAttribute> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalidParameter('MessageAttributes must be a map');
  const entries = Object.entries(value as Record<string, Partial<MessageAttribute> | null>);
  if (entries.length > LARGEST_COUNT) {
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${LARGEST_COUNT}].`,
    );
  }
  return Object.fromEntries(entries.map(([name, attribute]) => [name, readAttribute(name, attribute)]));
}

function readAttribute(name: string, attribute: Partial<MessageAttribute> | null): MessageAttribute {
  if (!NAME.test(name)) throw invalidParameter(`The message attribute name '${name}' is invalid.`);
  const { DataType, StringValue, BinaryValue } = attribute ?? {};
  const base = DataType?.split('.')[0];
  const hasValue = base === 'Binary' ? typeof BinaryValue === 'string' : typeof StringValue === 'string';
  if (typeof DataType !== 'string' || !['String', 'Number', 'Binary'].includes(base ?? '') || !hasValue) {
    throw invalidParameter(
      `The message attribute '${name}' must have a DataType of String, Number or Binary and a value of that type.`,
    );
  }
  return base === 'Binary' ? { DataType, BinaryValue } : { DataType, StringValue };
}

/** Returns the bytes that attributes add to a message's size. */
export function attributesSizeBytes(attributes: Record<string, MessageAttribute>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + valueOf(attribute).length,
    0,
  );
}

const valueOf = ({ StringValue, BinaryValue }: MessageAttribute): Buffer =>
  BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64');

export const md5Hex = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');

/** Returns the digest that clients compare: name, type and value by name, each with its length. */
export function md5OfAttributes(attributes: Record<string, MessageAttribute>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts = names.flatMap((name) => {
    const attribute = attributes[name] as MessageAttribute;
    const transport = Buffer.from([attribute.BinaryValue === undefined ? 1 : 2]);
    return [withLength(name), withLength(attribute.DataType), transport, withLength(valueOf(attribute))];
  });
  return md5Hex(Buffer.concat(parts));
}

function withLength(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
