import type { Upload } from '../../../schema/generated/types.ts';
import { readJson } from '../display/format.ts';
import { ApiError } from '../transport/api-error.ts';

interface Options {
  signal: AbortSignal;
  onSent: (bytes: number) => void;
}

/** Sends a file straight to storage by its presigned form. XMLHttpRequest, because fetch does not tell how much it has sent. */
export function postFile(upload: Upload, file: File, { signal, onSent }: Options): Promise<void> {
  const { url } = upload;
  if (!url) {
    const hint = 'Upload it with a program that sends parts.';
    return Promise.reject(
      new ApiError(`${file.name} is too large for the console.`, 'PAYLOAD_TOO_LARGE', { hint }),
    );
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(readJson(upload.fields) as Record<string, string>))
    form.append(name, value);
  // Storage ignores whatever follows the file.
  form.append('file', file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.upload.onprogress = (event) => {
      onSent(Math.min(event.loaded, file.size));
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(refusal(file.name, request.status, request.responseText));
    };
    request.onerror = () => {
      reject(
        new ApiError(`The storage could not be reached while sending ${file.name}.`, 'UNAVAILABLE', {
          hint: 'Check the connection, then try again.',
          retryable: true,
        }),
      );
    };
    request.onabort = () => {
      resolve();
    };
    signal.addEventListener(
      'abort',
      () => {
        request.abort();
      },
      { once: true },
    );
    request.send(form);
  });
}

function refusal(name: string, status: number, body: string): ApiError {
  const text = (tag: string): string | undefined => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(body)?.[1];
  const reason = text('Message') ?? `it answered with status ${status}`;
  return new ApiError(
    `The storage refused ${name}: ${reason}`,
    status >= 500 ? 'UNAVAILABLE' : 'VALIDATION',
    { actual: text('Code') ?? status, retryable: status >= 500 },
  );
}
