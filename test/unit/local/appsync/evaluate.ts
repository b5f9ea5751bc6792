import type { HandlerSession } from '../../../../local/appsync/library/handler-session.ts';
import { compileCode } from '../../../../local/appsync/runtime/compile-code.ts';
import { evaluateHandler } from '../../../../local/appsync/runtime/evaluate-handler.ts';
import type { HandlerContext } from '../../../../local/appsync/runtime/evaluate-handler.ts';
import type { Outcome } from '../../../../local/appsync/runtime/sandbox.ts';

/** A context as a plain query gives it. */
export const CONTEXT: HandlerContext = {
  arguments: { id: '7' },
  identity: null,
  source: null,
  stash: {},
  prev: null,
  info: { fieldName: 'item', parentTypeName: 'Query', variables: {} },
  request: { headers: {}, domainName: null },
  env: { TABLE: 'items' },
};

export const NOW_MS = Date.UTC(2026, 10, 22, 9, 8, 7, 65);

/** A session that keeps what the handler did. */
export function session(overrides: Partial<HandlerSession> = {}): HandlerSession & { done: unknown[] } {
  const done: unknown[] = [];
  return {
    done,
    nowMs: () => NOW_MS,
    authType: 'IAM Authorization',
    operation: 'query',
    handler: 'request',
    appendError: (error) => done.push(error),
    setSubscriptionFilter: (filter) => done.push(filter),
    setInvalidationFilter: (filter) => done.push(filter),
    addResponseHeader: (name, value) => done.push([name, value]),
    invalidate: (invalidation) => done.push(invalidation),
    log: (level, values) => done.push([level, ...values]),
    ...overrides,
  };
}

/** Runs a whole module's request handler. */
export function run(code: string, own = session(), context: HandlerContext = CONTEXT): Outcome {
  return evaluateHandler(compileCode('test.js', code), 'request', context, own);
}

/** Returns what one expression gives inside of a request handler. */
export function evaluate(expression: string): unknown {
  const outcome = run(`
    import { util, runtime, extensions } from '@aws-appsync/utils';
    import * as ddb from '@aws-appsync/utils/dynamodb';
    import { operations } from '@aws-appsync/utils/dynamodb';
    import * as rds from '@aws-appsync/utils/rds';
    import * as ai from '@aws-appsync/utils/ai';
    export function request(ctx) { return ${expression}; }
    export function response(ctx) { return ctx.result; }`);
  if (outcome.kind !== 'value') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}
