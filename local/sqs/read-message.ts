import { createHash } from 'node:crypto';
import { attributesSizeBytes, readMessageAttributes } from './message-attributes.ts';
import type { NewMessage, Queue } from './queue.ts';
import { readInteger } from './read-integer.ts';
import { invalidParameter, SqsError } from './sqs-error.ts';

type Json = Record<string, unknown>;

const LARGEST_DELAY_SECONDS = 900;
const TOKEN = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

/** Reads one message of a request; fails with SqsError on what its kind of queue does not take. */
export function readMessage(queue: Queue, input: Json): NewMessage {
  const { MessageBody: body } = input;
  if (typeof body !== 'string' || body === '')
    throw new SqsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  const message: NewMessage = {
    body,
    attributes: readMessageAttributes(input.MessageAttributes),
    delaySeconds: readInteger(input, 'DelaySeconds', { from: 0, to: LARGEST_DELAY_SECONDS }) ?? null,
    ...readOrder(queue, input, body),
  };
  checkSize(queue, [message]);
  return message;
}

/** Fails when messages are together larger than the queue takes at once. */
export function checkSize(queue: Queue, messages: NewMessage[]): void {
  const sizeBytes = messages.reduce(
    (sum, { body, attributes }) => sum + Buffer.byteLength(body) + attributesSizeBytes(attributes),
    0,
  );
  const limit = queue.definition.maximumMessageBytes;
  if (sizeBytes > limit) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes; it has ${sizeBytes}.`,
    );
  }
}

function readOrder(
  { definition: { fifo } }: Queue,
  input: Json,
  body: string,
): Pick<NewMessage, 'groupId' | 'deduplicationId'> {
  const groupId = readToken(input, 'MessageGroupId');
  const given = readToken(input, 'MessageDeduplicationId');
  if (!fifo) {
    if (given !== undefined) throw unfit('MessageDeduplicationId', given);
    return groupId === undefined ? {} : { groupId };
  }
  if (typeof input.DelaySeconds === 'number') throw unfit('DelaySeconds', input.DelaySeconds);
  if (groupId === undefined)
    throw new SqsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  if (given === undefined && !fifo.isContentBased)
    throw invalidParameter(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  return { groupId, deduplicationId: given ?? createHash('sha256').update(body).digest('hex') };
}

function readToken(input: Json, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !TOKEN.test(value))
    throw invalidParameter(
      `Value ${JSON.stringify(value)} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
  return value;
}

const unfit = (name: string, value: unknown): SqsError =>
  invalidParameter(
    `Value ${JSON.stringify(value)} for parameter ${name} is invalid. Reason: The request include parameter that is not valid for this queue type.`,
  );
