import { log } from '../../shared/log.ts';
import { type FileVersion, parseUploadKey } from '../storage/object-keys.ts';

interface S3Notification {
  Records?: { eventName?: string; s3?: { object?: { key?: string } } }[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readOwnMessage(message: Record<string, unknown>): FileVersion {
  const { databaseId, generation, fileId, version } = message;
  if (
    typeof databaseId !== 'string' ||
    typeof fileId !== 'string' ||
    !Number.isInteger(generation) ||
    !Number.isInteger(version)
  ) {
    throw new Error(
      'The message is not one of the plan queue: databaseId, generation, fileId and version are required.',
    );
  }
  return { databaseId, generation: generation as number, fileId, version: version as number };
}

/** Keys arrive as in a URL, with a plus for a space. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replace(/\+/g, ' '));
}

/** Returns the versions that a message of the plan queue is about; keys that are not those of uploads are passed over. */
export function readPlanMessage(body: string): FileVersion[] {
  const message: unknown = JSON.parse(body);
  if (!isRecord(message)) throw new Error('The message is not a JSON object.');
  if (message['operation'] === 'plan') return [readOwnMessage(message)];
  const { Records: records } = message as S3Notification;
  if (!Array.isArray(records)) {
    if (message['Event'] !== 's3:TestEvent')
      log.warn('a message that is not for planning was passed over', { keys: Object.keys(message) });
    return [];
  }
  const created = records.filter(({ eventName }) => eventName?.includes('ObjectCreated:') ?? false);
  return created.flatMap(({ s3 }) => parseUploadKey(decodeKey(s3?.object?.key ?? '')) ?? []);
}
