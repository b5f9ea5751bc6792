import { limits } from '../limits.ts';
import type { LibraryFunction } from './handler-session.ts';

type Bag = Record<string, unknown>;

/** Headers of one hop, which are not for anybody behind it. */
const NOT_COPIED = new Set(
  `transfer-encoding connection host expect keep-alive upgrade proxy-authenticate proxy-authorization te
   content-length`.split(/\s+/),
);

const NOT_ADDED = new Set(
  `access-control-allow-credentials access-control-allow-origin access-control-expose-headers access-control-max-age
   access-control-allow-methods access-control-allow-headers vary content-type`.split(/\s+/),
);

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

function headers(value: unknown): Bag {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Bag;
  throw new Error(`headers must be an object, not ${JSON.stringify(value)}`);
}

function checkName(name: unknown): string {
  if (typeof name !== 'string' || !NAME.test(name))
    throw new Error(`${JSON.stringify(name)} is not the name of a header`);
  const key = name.toLowerCase();
  if (NOT_COPIED.has(key) || NOT_ADDED.has(key) || /^x-amzn?-/.test(key))
    throw new Error(`the header '${name}' belongs to the service`);
  return name;
}

function checkValue(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  if (!VALUE.test(text)) throw new Error(`the value of '${name}' has characters that no header takes`);
  return text;
}

/** Keeps the headers of one request within the service's limit, whoever adds them. */
export class ResponseHeaders {
  readonly #headers = new Map<string, { name: string; value: string }>();

  /** Sets a header; the newest of one name counts. Throws when all together become too large. */
  set(name: string, value: string): void {
    this.#headers.set(name.toLowerCase(), { name, value });
    const bytes = [...this.#headers.values()].reduce(
      (sum, header) => sum + Buffer.byteLength(header.name) + Buffer.byteLength(header.value),
      0,
    );
    if (bytes <= limits.responseHeaderBytes) return;
    this.#headers.delete(name.toLowerCase());
    throw new Error(`the custom headers have ${bytes} bytes; the limit is ${limits.responseHeaderBytes}`);
  }

  /** Returns the headers under their names. */
  toObject(): Record<string, string> {
    return Object.fromEntries([...this.#headers.values()].map(({ name, value }) => [name, value]));
  }
}

/** `util.http`. */
export const httpFunctions = {
  'util.http.copyHeaders': ([given]) =>
    Object.fromEntries(
      Object.entries(headers(given)).filter(([name]) => !NOT_COPIED.has(name.toLowerCase())),
    ),
  'util.http.addResponseHeader': ([name, value], session) => {
    const checked = checkName(name);
    session.addResponseHeader(checked, checkValue(checked, value));
  },
  'util.http.addResponseHeaders': ([given], session) => {
    const checked = Object.entries(headers(given)).map(([name, value]) => {
      checkName(name);
      return [name, checkValue(name, value)] as const;
    });
    for (const [name, value] of checked) session.addResponseHeader(name, value);
  },
} satisfies Record<string, LibraryFunction>;
