import { SignalRaised } from './handler-session.ts';
import type { LibraryFunction, RaisedError } from './handler-session.ts';

function raisedError([message, errorType, data, errorInfo]: unknown[]): RaisedError {
  if (typeof message !== 'string')
    throw new Error(`the message must be a string, not ${JSON.stringify(message)}`);
  return {
    message,
    errorType: typeof errorType === 'string' ? errorType : null,
    data: data ?? null,
    errorInfo: errorInfo ?? null,
  };
}

function refuse(what: string): LibraryFunction {
  return () => {
    throw new Error(`${what} is not supported by the local runtime`);
  };
}

function logAt(level: 'INFO' | 'ERROR'): LibraryFunction {
  return (values, session) => {
    session.log(level, values);
  };
}

const earlyReturn: LibraryFunction = ([value, options]) => {
  const skipTo = (options as { skipTo?: unknown } | null | undefined)?.skipTo ?? 'NEXT';
  if (skipTo !== 'END' && skipTo !== 'NEXT') {
    throw new Error(`skipTo must be 'END' or 'NEXT', not ${JSON.stringify(skipTo)}`);
  }
  throw new SignalRaised({ kind: 'earlyReturn', value, skipTo });
};

/** Errors, early return, logging; and what exists in the service but not here. */
export const controlFunctions = {
  'util.error': (args) => {
    throw new SignalRaised({ kind: 'error', ...raisedError(args) });
  },
  'util.appendError': (args, session) => {
    session.appendError(raisedError(args));
  },
  'util.unauthorized': () => {
    const message = 'Unauthorized';
    throw new SignalRaised({
      kind: 'error',
      message,
      errorType: 'Unauthorized',
      data: null,
      errorInfo: null,
    });
  },
  'util.authType': (_, session) => session.authType,
  'runtime.earlyReturn': earlyReturn,
  'console.log': logAt('INFO'),
  'console.info': logAt('INFO'),
  'console.warn': logAt('INFO'),
  'console.debug': logAt('INFO'),
  'console.error': logAt('ERROR'),
  'extensions.evictFromApiCache': refuse('the API cache'),
  'util.http.copyHeaders': refuse('util.http'),
  'util.http.addResponseHeader': refuse('util.http'),
  'util.http.addResponseHeaders': refuse('util.http'),
  'util.xml.toMap': refuse('util.xml'),
  'util.xml.toJsonString': refuse('util.xml'),
  'util.rds.toJsonObject': refuse('util.rds'),
  'util.transform.toElasticsearchQueryDSL': refuse('OpenSearch'),
} satisfies Record<string, LibraryFunction>;
