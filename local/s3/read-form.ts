import { Busboy } from '@fastify/busboy';
import type { BusboyInstance } from '@fastify/busboy';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { S3Error } from './s3-error.ts';

/** A POST form up to its file: what stands behind the file is not read for meaning. */
export interface UploadForm {
  /** By lower-case name. */
  fields: Map<string, string>;
  fileName: string;
  file: Readable;
  /** Stops reading; needed when the file is not read to its end. */
  stop(): void;
  /** Resolves when the whole form has been read; fails when it was malformed or cut short. */
  done: Promise<void>;
}

const LARGEST_FIELDS_BYTES = 20 * 1024;
const MOST_FIELDS = 100;

/** Reads a multipart/form-data request up to the beginning of its `file` field, and the rest as the file is read. */
export async function readForm(req: IncomingMessage): Promise<UploadForm> {
  const contentType = req.headers['content-type'] ?? '';
  const fields = new Map<string, string>();
  const stopping = new AbortController();
  const parser = openParser(contentType);
  let fieldBytes = 0;
  const form = await new Promise<UploadForm>((resolve, reject) => {
    const fail = (error: S3Error): void => {
      reject(error);
      stopping.abort(error);
    };
    parser.on('field', (name: string | undefined, value, _nameCut, isCut) => {
      fieldBytes += (name?.length ?? 0) + value.length;
      if (isCut || fieldBytes > LARGEST_FIELDS_BYTES) fail(preludeTooLong());
      else if (!name || fields.has(name.toLowerCase()))
        fail(malformedForm(`the field "${name ?? ''}" has no name or is given twice`));
      else fields.set(name.toLowerCase(), value);
    });
    parser.on('fieldsLimit', () => {
      fail(preludeTooLong());
    });
    parser.on('file', (_name, file, fileName: string | undefined) => {
      // Destroying keeps the error for whoever reads the file later.
      file.on('error', (error) => file.destroy(error));
      stopping.signal.addEventListener('abort', () => file.destroy(stopping.signal.reason as Error), {
        once: true,
      });
      const stop = (): void => {
        stopping.abort(malformedForm('reading was stopped'));
      };
      resolve({ fields: new Map(fields), fileName: fileName ?? '', file, stop, done });
    });
    const done = pump(req, parser, stopping);
    done.then(() => {
      reject(missingFile());
    }, reject);
  });
  return form;
}

async function pump(req: IncomingMessage, parser: BusboyInstance, stopping: AbortController): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    stopping.signal.addEventListener(
      'abort',
      () => {
        reject(stopping.signal.reason as Error);
      },
      { once: true },
    );
    parser.on('error', (error) => {
      stopping.abort(malformedForm(String(error)));
    });
  });
  // It is raced below; without a race under way its failure is told by the next one.
  failed.catch(() => undefined);
  const finished = new Promise<void>((resolve) => parser.on('finish', resolve));
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      await Promise.race([
        failed,
        new Promise<void>((resolve) =>
          parser.write(chunk, () => {
            resolve();
          }),
        ),
      ]);
    }
    parser.end();
    await Promise.race([failed, finished]);
  } catch (error) {
    stopping.abort(error);
    throw error;
  }
}

function openParser(contentType: string): BusboyInstance {
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    throw new S3Error(
      'MalformedPOSTRequest',
      `Content-Type is "${contentType}"; expected multipart/form-data`,
    );
  }
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name) => name?.toLowerCase() === 'file',
      limits: {
        fieldSize: LARGEST_FIELDS_BYTES,
        fields: MOST_FIELDS,
        files: 1,
        headerPairs: 20,
        headerSize: 8 * 1024,
      },
    });
  } catch (cause) {
    throw new S3Error('MalformedPOSTRequest', `Content-Type is "${contentType}": ${String(cause)}`, {
      cause,
    });
  }
}

function preludeTooLong(): S3Error {
  return new S3Error(
    'MaxPostPreDataLengthExceededError',
    `Your POST request fields preceding the upload file were too large: at most ${MOST_FIELDS} fields with ${LARGEST_FIELDS_BYTES} bytes`,
  );
}

function missingFile(): S3Error {
  return new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.', {
    details: { ArgumentName: 'file', ArgumentValue: '0' },
  });
}

function malformedForm(problem: string): S3Error {
  return new S3Error(
    'MalformedPOSTRequest',
    `The body of your POST request is not well-formed multipart/form-data: ${problem}.`,
  );
}
