/** The frames of the real-time protocol. */

export interface FrameError {
  errorType?: string | null;
  message?: string;
  errorCode?: number;
}

export type ServerFrame =
  | { type: 'connection_ack'; payload: { connectionTimeoutMs: number } }
  | { type: 'connection_error'; payload: { errors: readonly FrameError[] } }
  | { type: 'ka' }
  | { type: 'start_ack'; id: string }
  | { type: 'complete'; id: string }
  | { type: 'error'; id?: string; payload: { errors: readonly FrameError[] | FrameError } };

export type ClientFrame =
  | { type: 'connection_init' }
  | { type: 'start'; id: string; data: string; authorization: Record<string, string> }
  | { type: 'stop'; id: string }
  | { type: 'unknown'; id: string | undefined; problem: string };

/** Returns a data frame around a payload that is JSON already. */
export function dataFrame(id: string, payloadJson: string): string {
  return `{"type":"data","id":${JSON.stringify(id)},"payload":${payloadJson}}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Returns the text members of an object, under lower-case names. */
export function lowerCaseHeaders(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries.map(([name, text]) => [name.toLowerCase(), text]));
}

function readStart(id: string, payload: unknown): ClientFrame {
  const unknown = (problem: string): ClientFrame => ({ type: 'unknown', id, problem });
  if (!isObject(payload) || typeof payload.data !== 'string')
    return unknown('`payload.data` must be a JSON string');
  const extensions = isObject(payload.extensions) ? payload.extensions : {};
  if (!isObject(extensions.authorization)) return unknown('`payload.extensions.authorization` is missing');
  return { type: 'start', id, data: payload.data, authorization: lowerCaseHeaders(extensions.authorization) };
}

/** Reads what a client sent. */
export function readFrame(text: string): ClientFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { type: 'unknown', id: undefined, problem: 'the frame is not JSON' };
  }
  if (!isObject(frame)) return { type: 'unknown', id: undefined, problem: 'the frame is not an object' };
  const id = typeof frame.id === 'string' && frame.id !== '' && frame.id.length <= 256 ? frame.id : undefined;
  if (frame.type === 'connection_init') return { type: 'connection_init' };
  if (frame.type !== 'start' && frame.type !== 'stop') {
    return { type: 'unknown', id: undefined, problem: 'unknown not supported through the realtime channel' };
  }
  if (id === undefined)
    return { type: 'unknown', id, problem: '`id` must be a string of 1 to 256 characters' };
  return frame.type === 'stop' ? { type: 'stop', id } : readStart(id, frame.payload);
}
