import { presentSequence } from './fifo-order.ts';
import { md5Hex, md5OfAttributes } from './message-attributes.ts';
import type { NewMessage, Queue, ReceivedMessage, SentMessage } from './queue.ts';
import { readInteger } from './read-integer.ts';
import { checkSize, readMessage } from './read-message.ts';
import { invalidParameter, SqsError } from './sqs-error.ts';

type Json = Record<string, unknown>;
type Operation = (queue: Queue, input: Json, signal?: AbortSignal) => Promise<Json>;

/** SQS's JSON protocol over the queues of the template. Calls are not authorized here. */
export interface SqsService {
  readonly queues: ReadonlyMap<string, Queue>;
  /** Finds the queue that a request is about; fails when there is none. */
  findQueue(operation: string, input: Json): Queue;
  call(operation: string, input: Json, signal?: AbortSignal): Promise<Json>;
}

const LARGEST_BATCH = 10;
const LARGEST_WAIT_SECONDS = 20;
const LARGEST_VISIBILITY_SECONDS = 43_200;

/** Creates the service over queues by their ARN. */
export function createSqsService(queues: ReadonlyMap<string, Queue>): SqsService {
  function findQueue(operation: string, input: Json): Queue {
    const name = operation === 'GetQueueUrl' ? input.QueueName : lastSegment(input.QueueUrl);
    for (const queue of queues.values()) if (queue.definition.name === name) return queue;
    throw new SqsError(
      'QueueDoesNotExist',
      `The specified queue does not exist: ${String(name)}`,
      'AWS.SimpleQueueService.NonExistentQueue',
    );
  }
  return {
    queues,
    findQueue,
    call(name, input, signal) {
      const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
      if (!operation)
        throw new SqsError(
          'UnsupportedOperation',
          `${name} does not run on one machine; ${Object.keys(OPERATIONS).join(', ')} do`,
        );
      return operation(findQueue(name, input), input, signal);
    },
  };
}

const lastSegment = (url: unknown): string | undefined =>
  typeof url === 'string' ? url.split('/').pop() : undefined;

const OPERATIONS: Record<string, Operation> = {
  GetQueueUrl: (queue) => Promise.resolve({ QueueUrl: queue.definition.url }),

  async SendMessage(queue, input) {
    const message = readMessage(queue, input);
    checkSize(queue, [message]);
    const [sent] = await queue.sendAll([message]);
    return { ...presentSent(sent), ...digests(message) };
  },

  async SendMessageBatch(queue, input) {
    const entries = readEntries(input);
    const accepted: { id: string; message: NewMessage }[] = [];
    const Failed: Json[] = [];
    for (const entry of entries) {
      try {
        accepted.push({ id: String(entry.Id), message: readMessage(queue, entry) });
      } catch (error) {
        Failed.push(failedEntry(entry, error));
      }
    }
    checkSize(
      queue,
      accepted.map(({ message }) => message),
    );
    const sent = await queue.sendAll(accepted.map(({ message }) => message));
    const Successful = accepted.map(({ id, message }, index) => ({
      Id: id,
      ...presentSent(sent[index]),
      ...digests(message),
    }));
    return { Successful, ...(Failed.length > 0 && { Failed }) };
  },

  async ReceiveMessage(queue, input, signal) {
    if (typeof input.ReceiveRequestAttemptId === 'string')
      throw new SqsError('UnsupportedOperation', 'ReceiveRequestAttemptId does not work on one machine');
    const messages = await queue.receive({
      maxMessages: readInteger(input, 'MaxNumberOfMessages', { from: 1, to: LARGEST_BATCH }) ?? 1,
      waitSeconds:
        readInteger(input, 'WaitTimeSeconds', { from: 0, to: LARGEST_WAIT_SECONDS }) ??
        queue.definition.waitTimeSeconds,
      visibilityTimeoutSeconds: readInteger(input, 'VisibilityTimeout', {
        from: 0,
        to: LARGEST_VISIBILITY_SECONDS,
      }),
      signal,
    });
    if (messages.length === 0) return {};
    return { Messages: messages.map((message) => presentMessage(message, input)) };
  },

  async DeleteMessage(queue, input) {
    const handle = readHandle(input);
    requireCurrent(queue, handle);
    await queue.remove([handle]);
    return {};
  },

  async DeleteMessageBatch(queue, input) {
    const removed: { id: unknown; handle: string }[] = [];
    const Failed: Json[] = [];
    for (const entry of readEntries(input)) {
      try {
        const handle = readHandle(entry);
        requireCurrent(queue, handle);
        removed.push({ id: entry.Id, handle });
      } catch (error) {
        Failed.push(failedEntry(entry, error));
      }
    }
    await queue.remove(removed.map(({ handle }) => handle));
    return { Successful: removed.map(({ id }) => ({ Id: id })), ...(Failed.length > 0 && { Failed }) };
  },

  ChangeMessageVisibility(queue, input) {
    changeVisibility(queue, input);
    return Promise.resolve({});
  },

  ChangeMessageVisibilityBatch(queue, input) {
    const Successful: Json[] = [];
    const Failed: Json[] = [];
    for (const entry of readEntries(input)) {
      try {
        changeVisibility(queue, entry);
        Successful.push({ Id: entry.Id });
      } catch (error) {
        Failed.push(failedEntry(entry, error));
      }
    }
    return Promise.resolve({ Successful, ...(Failed.length > 0 && { Failed }) });
  },

  async PurgeQueue(queue) {
    await queue.purge();
    return {};
  },

  GetQueueAttributes(queue, input) {
    const names = (input.AttributeNames ?? []) as string[];
    const all = attributesOf(queue);
    const isWanted = (name: string): boolean => names.includes('All') || names.includes(name);
    return Promise.resolve({
      Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name))),
    });
  },
};

function failedEntry(entry: Json, error: unknown): Json {
  if (!(error instanceof SqsError)) throw error;
  return { Id: entry.Id, SenderFault: true, Code: error.name, Message: error.message };
}

/** What is visible again may be somebody else's by now: a FIFO queue deletes only what is in flight. */
function requireCurrent(queue: Queue, handle: string): void {
  if (!queue.definition.fifo || queue.isCurrent(handle)) return;
  throw invalidParameter(
    `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  );
}

function presentSent({ id, sequence }: Partial<SentMessage> = {}): Json {
  return { MessageId: id, ...(sequence !== undefined && { SequenceNumber: presentSequence(sequence) }) };
}

function attributesOf(queue: Queue): Record<string, string> {
  const { definition } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  const redrive = definition.redrive && {
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: definition.redrive.targetArn,
      maxReceiveCount: definition.redrive.maxReceiveCount,
    }),
  };
  return {
    QueueArn: definition.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(definition.visibilityTimeoutSeconds),
    DelaySeconds: String(definition.delaySeconds),
    MaximumMessageSize: String(definition.maximumMessageBytes),
    MessageRetentionPeriod: String(definition.retentionSeconds),
    ReceiveMessageWaitTimeSeconds: String(definition.waitTimeSeconds),
    ...(definition.fifo && {
      FifoQueue: 'true',
      ContentBasedDeduplication: String(definition.fifo.isContentBased),
      DeduplicationScope: definition.fifo.scope,
    }),
    ...redrive,
  };
}

function digests({ body, attributes }: NewMessage): Json {
  const ofAttributes = md5OfAttributes(attributes);
  return { MD5OfMessageBody: md5Hex(body), ...(ofAttributes && { MD5OfMessageAttributes: ofAttributes }) };
}

function presentMessage(message: ReceivedMessage, input: Json): Json {
  const wanted = [
    ...((input.AttributeNames ?? []) as string[]),
    ...((input.MessageSystemAttributeNames ?? []) as string[]),
  ];
  const system = Object.entries(systemAttributes(message)).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  const patterns = (input.MessageAttributeNames ?? []) as string[];
  const own = Object.entries(message.attributes).filter(([name]) =>
    patterns.some((pattern) => matchesName(pattern, name)),
  );
  const attributes = Object.fromEntries(own);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5Hex(message.body),
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(own.length > 0 && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    }),
  };
}

/** Returns the attributes that the service itself gives to a message. */
export function systemAttributes(message: ReceivedMessage): Record<string, string> {
  return {
    SentTimestamp: String(message.sentMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
    SenderId: 'AIDALOCAL',
    ...(message.sourceArn && { DeadLetterQueueSourceArn: message.sourceArn }),
    ...(message.groupId !== undefined && { MessageGroupId: message.groupId }),
    ...(message.deduplicationId !== undefined && { MessageDeduplicationId: message.deduplicationId }),
    ...(message.sequence !== undefined && { SequenceNumber: presentSequence(message.sequence) }),
  };
}

function matchesName(pattern: string, name: string): boolean {
  if (pattern === 'All' || pattern === '.*' || pattern === name) return true;
  return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2));
}

function changeVisibility(queue: Queue, input: Json): void {
  const seconds = readInteger(input, 'VisibilityTimeout', { from: 0, to: LARGEST_VISIBILITY_SECONDS });
  if (seconds === undefined)
    throw new SqsError('MissingParameter', 'The request must contain the parameter VisibilityTimeout.');
  queue.changeVisibility(readHandle(input), seconds);
}

function readHandle(input: Json): string {
  if (typeof input.ReceiptHandle !== 'string' || input.ReceiptHandle === '') {
    throw new SqsError('MissingParameter', 'The request must contain the parameter ReceiptHandle.');
  }
  return input.ReceiptHandle;
}

function readEntries(input: Json): Json[] {
  const entries = input.Entries;
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new SqsError(
      'EmptyBatchRequest',
      'There should be at least one entry in the request.',
      'AWS.SimpleQueueService.EmptyBatchRequest',
    );
  }
  if (entries.length > LARGEST_BATCH) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${LARGEST_BATCH}. You have sent ${entries.length}.`,
      'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
    );
  }
  const ids = entries.map((entry) => (entry as Json).Id);
  if (ids.some((id) => typeof id !== 'string' || !/^[\w-]{1,80}$/.test(id))) {
    throw new SqsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores, at most 80.',
      'AWS.SimpleQueueService.InvalidBatchEntryId',
    );
  }
  if (new Set(ids).size !== ids.length) {
    throw new SqsError(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries have the same id.',
      'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
    );
  }
  return entries as Json[];
}
