import { InvalidAssembly } from './read-assembly.ts';
import type { Template } from './read-assembly.ts';

/** Where an evaluation finds what is outside of the expression itself. */
export interface Scope {
  stackName: string;
  template: Template;
  pseudoParameters: Record<string, string>;
  /** What `Ref` of a declared parameter gives. */
  parameter(name: string): unknown;
  /** Conditions under evaluation, to find those that refer to each other. */
  openConditions: readonly string[];
  /** `Ref` of a resource; undefined when there is none of that logical id. */
  ref(logicalId: string): string | undefined;
  attribute(logicalId: string, name: string): string;
  /** The value of another stack's export. */
  importValue(name: string): unknown;
}

const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope, place: string) => unknown;

const INTRINSICS: Record<string, Intrinsic> = {
  Ref: (argument, scope, place) => evaluateRef(text(argument, place), scope, place),
  'Fn::GetAtt': (argument, scope, place) => {
    const path =
      typeof argument === 'string'
        ? argument.split('.')
        : list(argument, place).map((part) => text(inner(part, scope, place), place));
    return scope.attribute(path[0] ?? '', path.slice(1).join('.'));
  },
  'Fn::Sub': substitute,
  'Fn::Join': (argument, scope, place) => {
    const [separator, parts] = list(argument, place);
    const joined = list(inner(parts, scope, place), place);
    return joined.map((part) => text(part, place)).join(text(separator, place));
  },
  'Fn::Select': (argument, scope, place) => {
    const [index, parts] = list(argument, place);
    const chosen = list(inner(parts, scope, place), place)[Number(inner(index, scope, place))];
    if (chosen === undefined)
      throw new InvalidAssembly(`${place}: Fn::Select asks for element ${String(index)}, which is not there`);
    return chosen;
  },
  'Fn::Split': (argument, scope, place) => {
    const [separator, source] = list(argument, place);
    return text(inner(source, scope, place), place).split(text(separator, place));
  },
  'Fn::If': (argument, scope, place) => {
    const [name, whenTrue, whenFalse] = list(argument, place);
    return inner(evaluateCondition(text(name, place), scope) ? whenTrue : whenFalse, scope, place);
  },
  'Fn::Equals': (argument, scope, place) => {
    const [left, right] = list(argument, place).map((side) => inner(side, scope, place));
    return String(left) === String(right);
  },
  'Fn::And': (argument, scope, place) =>
    list(argument, place).every((part) => inner(part, scope, place) === true),
  'Fn::Or': (argument, scope, place) =>
    list(argument, place).some((part) => inner(part, scope, place) === true),
  'Fn::Not': (argument, scope, place) => inner(list(argument, place)[0], scope, place) !== true,
  Condition: (argument, scope, place) => evaluateCondition(text(argument, place), scope),
  'Fn::Base64': (argument, scope, place) =>
    Buffer.from(text(inner(argument, scope, place), place)).toString('base64'),
  'Fn::ImportValue': (argument, scope, place) =>
    scope.importValue(text(inner(argument, scope, place), place)),
  'Fn::FindInMap': (argument, scope, place) => {
    const [map, top, second] = list(argument, place).map((part) => text(inner(part, scope, place), place));
    const value = scope.template.Mappings?.[map ?? '']?.[top ?? '']?.[second ?? ''];
    if (value === undefined)
      throw new InvalidAssembly(`${place}: the mapping ${map}.${top}.${second} does not exist`);
    return value;
  },
};

/** Evaluates every intrinsic function of an expression; `place` names it in errors. */
export function evaluate(expression: unknown, scope: Scope, place: string): unknown {
  const value = inner(expression, scope, place);
  return value === NO_VALUE ? undefined : value;
}

function inner(expression: unknown, scope: Scope, place: string): unknown {
  if (typeof expression === 'string') return refuseDynamicReference(expression, place);
  if (Array.isArray(expression)) {
    return expression.map((part) => inner(part, scope, place)).filter((part) => part !== NO_VALUE);
  }
  if (expression === null || typeof expression !== 'object') return expression;
  const entries = Object.entries(expression);
  const [only] = entries;
  if (
    only &&
    entries.length === 1 &&
    (only[0] === 'Ref' || only[0].startsWith('Fn::') || isConditionReference(only))
  ) {
    const intrinsic = INTRINSICS[only[0]];
    if (!intrinsic) throw new InvalidAssembly(`${place}: the function ${only[0]} is not supported`);
    return intrinsic(only[1], scope, place);
  }
  const evaluated = entries.map(([key, value]) => [key, inner(value, scope, `${place}.${key}`)] as const);
  return Object.fromEntries(evaluated.filter(([, value]) => value !== NO_VALUE));
}

/** `{ Condition: 'Name' }` inside conditions; in a policy statement `Condition` holds an object. */
const isConditionReference = ([key, value]: [string, unknown]): boolean =>
  key === 'Condition' && typeof value === 'string';

/** Evaluates a named condition of the template. */
export function evaluateCondition(name: string, scope: Scope): boolean {
  const condition = scope.template.Conditions?.[name];
  if (condition === undefined)
    throw new InvalidAssembly(`stack ${scope.stackName}: the condition ${name} is not declared`);
  if (scope.openConditions.includes(name)) {
    const circle = [...scope.openConditions, name].join(' → ');
    throw new InvalidAssembly(`stack ${scope.stackName}: conditions refer to each other: ${circle}`);
  }
  const within = { ...scope, openConditions: [...scope.openConditions, name] };
  return inner(condition, within, `condition ${name}`) === true;
}

function evaluateRef(name: string, scope: Scope, place: string): unknown {
  if (name === 'AWS::NoValue') return NO_VALUE;
  const pseudo = scope.pseudoParameters[name];
  if (pseudo !== undefined) return pseudo;
  if (scope.template.Parameters && Object.hasOwn(scope.template.Parameters, name))
    return scope.parameter(name);
  const resource = scope.ref(name);
  if (resource === undefined) throw new InvalidAssembly(`${place}: refers to ${name}, which is not declared`);
  return resource;
}

function substitute(argument: unknown, scope: Scope, place: string): string {
  const [template, variables] = Array.isArray(argument)
    ? (argument as [unknown, Record<string, unknown>])
    : [argument, {}];
  return text(template, place).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return text(inner(variables[name], scope, place), place);
    const dot = name.indexOf('.');
    return dot > 0
      ? scope.attribute(name.slice(0, dot), name.slice(dot + 1))
      : text(evaluateRef(name, scope, place), place);
  });
}

function refuseDynamicReference(value: string, place: string): string {
  if (value.includes('{{resolve:'))
    throw new InvalidAssembly(`${place}: the dynamic reference ${value} is not supported`);
  return value;
}

function text(value: unknown, place: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new InvalidAssembly(`${place}: expected text, found ${JSON.stringify(value)}`);
}

function list(value: unknown, place: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new InvalidAssembly(`${place}: expected a list, found ${JSON.stringify(value)}`);
}
