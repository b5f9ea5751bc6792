import type { FunctionName } from '../runtime/function-names.ts';
import type { HostAnswer } from '../runtime/sandbox.ts';
import { attributeFunctions } from './attribute-values.ts';
import { controlFunctions } from './control.ts';
import { requestFunctions } from './dynamodb-requests.ts';
import { filterFunctions } from './filter-expression.ts';
import { SignalRaised } from './handler-session.ts';
import type { HandlerSession, LibraryFunction } from './handler-session.ts';
import { httpFunctions } from './http.ts';
import { identifierFunctions } from './identifiers.ts';
import { queryDslFunctions } from './query-dsl.ts';
import { rdsFunctions } from './rds.ts';
import { subscriptionFunctions } from './subscription-filter.ts';
import { textFunctions } from './text.ts';
import { timeFunctions } from './time.ts';
import { operationFunctions } from './update-expression.ts';
import { xmlFunctions } from './xml.ts';

const library: Record<FunctionName, LibraryFunction> = {
  ...controlFunctions,
  ...textFunctions,
  ...identifierFunctions,
  ...timeFunctions,
  ...attributeFunctions,
  ...filterFunctions,
  ...subscriptionFunctions,
  ...requestFunctions,
  ...operationFunctions,
  ...httpFunctions,
  ...xmlFunctions,
  ...queryDslFunctions,
  ...rdsFunctions,
};

/** A call as it leaves the sandbox. */
interface Call {
  name: string;
  argumentsJson: string;
  /** `line:column` of a log. */
  place: string | null;
}

/** Calls a function of the library for the sandbox. Never throws: a failure is part of the answer. */
export function callFunction({ name, argumentsJson, place }: Call, session: HandlerSession): string {
  let answer: HostAnswer;
  try {
    const args = JSON.parse(argumentsJson) as unknown[];
    answer = { value: library[name as FunctionName](args, session, place) };
  } catch (thrown) {
    const message = `${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    answer = { signal: thrown instanceof SignalRaised ? thrown.signal : { kind: 'crash', message } };
  }
  return JSON.stringify(answer);
}
