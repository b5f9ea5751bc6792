import { SignalRaised } from './handler-session.ts';
import type { LibraryFunction, RaisedError } from './handler-session.ts';

/** A status code may stand where a text is due, as in AWS's own samples: it is written out. */
function scalarText(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value : null;
}

function raisedError([message, errorType, data, errorInfo]: unknown[]): RaisedError {
  const text = scalarText(message);
  if (text === null) throw new Error(`the message must be a string, not ${JSON.stringify(message)}`);
  return {
    message: text,
    errorType: scalarText(errorType),
    data: data ?? null,
    errorInfo: errorInfo ?? null,
  };
}

function logAt(level: 'INFO' | 'ERROR'): LibraryFunction {
  return (values, session, place) => {
    session.log(level, values, place);
  };
}

const earlyReturn: LibraryFunction = ([value, options]) => {
  const skipTo = (options as { skipTo?: unknown } | null | undefined)?.skipTo ?? 'NEXT';
  if (skipTo !== 'END' && skipTo !== 'NEXT') {
    throw new Error(`skipTo must be 'END' or 'NEXT', not ${JSON.stringify(skipTo)}`);
  }
  throw new SignalRaised({ kind: 'earlyReturn', value, skipTo });
};

/** Returns the maker of a request for a model. */
function request(operation: string, required: string[]): LibraryFunction {
  return ([payload]) => {
    const given = payload as Record<string, unknown> | null | undefined;
    for (const name of required) {
      if ((given?.[name] ?? null) === null) throw new Error(`\`${name}\` is missing`);
    }
    return { operation, ...given };
  };
}

/** Errors, early return, logging, and requests for models. */
export const controlFunctions = {
  'util.error': (args) => {
    throw new SignalRaised({ kind: 'error', ...raisedError(args) });
  },
  'util.appendError': (args, session) => {
    session.appendError(raisedError(args));
  },
  'util.unauthorized': () => {
    throw new SignalRaised({ kind: 'unauthorized' });
  },
  'util.authType': (_, session) => session.authType,
  'runtime.earlyReturn': earlyReturn,
  'console.log': logAt('INFO'),
  'console.info': logAt('INFO'),
  'console.warn': logAt('INFO'),
  'console.debug': logAt('INFO'),
  'console.error': logAt('ERROR'),
  'extensions.evictFromApiCache': ([typeName, fieldName, keys], session, place) => {
    if (session.operation !== 'mutation') throw new Error('only a mutation may evict from the cache');
    if (typeof typeName !== 'string' || typeof fieldName !== 'string') {
      throw new Error('the names of type and field must be strings');
    }
    // There is no API cache here: nothing is ever stale.
    session.log('INFO', [`evictFromApiCache ${typeName}.${fieldName}`, keys ?? {}], place);
  },
  'ai.invokeModel': request('InvokeModel', ['modelId', 'body']),
  'ai.converse': request('Converse', ['modelId', 'messages']),
} satisfies Record<string, LibraryFunction>;
