import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { log } from '../../shared/log.ts';
import type { Progress } from '../state/file-item.ts';

type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** Tells subscribers how far a file has come; it never fails, because nobody waits for it. */
export type PublishProgress = (progress: Progress) => Promise<void>;

/** A subscriber gets only the fields that this mutation selects. */
const MUTATION = `mutation Publish($input: AWSJSON!) {
  publishIngestionProgress(input: $input) {
    databaseId fileId status percent chunksDone chunksTotal bytesDone bytesTotal message version updatedAt
  }
}`;
const TIMEOUT_MS = 3_000;
const SHOWN_LENGTH = 500;
/** The report is older than what is stored by now, and whoever stored that tells it. */
const OVERTAKEN = 'CONFLICT';

async function readProblem(response: Response): Promise<string | null> {
  const text = await response.text();
  if (!response.ok) return `status ${response.status}: ${text.slice(0, SHOWN_LENGTH)}`;
  const { errors = [] } = JSON.parse(text) as { errors?: { errorType?: unknown }[] | null };
  const problems = (errors ?? []).filter(({ errorType }) => errorType !== OVERTAKEN);
  return problems.length > 0 ? JSON.stringify(problems).slice(0, SHOWN_LENGTH) : null;
}

/** Makes the function that publishes through the API, signed with the function's own credentials. */
export function createProgressPublisher(
  graphqlUrl: string,
  region: string,
  credentials: Credentials,
): PublishProgress {
  const url = new URL(graphqlUrl);
  const signer = new SignatureV4({ service: 'appsync', region, credentials, sha256: Sha256 });

  async function post(progress: Progress): Promise<string | null> {
    const body = JSON.stringify({ query: MUTATION, variables: { input: JSON.stringify(progress) } });
    const signed = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, 'content-type': 'application/json' },
      body,
    });
    const headers = Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name !== 'host'));
    return await readProblem(
      await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) }),
    );
  }

  return async (progress) => {
    const { databaseId, fileId, status } = progress;
    try {
      const problem = await post(progress);
      if (problem !== null) log.warn('progress was not published', { databaseId, fileId, status, problem });
    } catch (error) {
      log.error('progress was not published', error, { databaseId, fileId, status });
    }
  };
}
