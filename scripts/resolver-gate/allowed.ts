/** What APPSYNC_JS offers, as far as its documentation lists it. What is not listed here is refused. */

/** Free identifiers that exist in the runtime. */
export const globals = new Set([
  ...['undefined', 'NaN', 'Infinity', 'Object', 'Array', 'String', 'Number', 'Math', 'JSON', 'console'],
]);

/** Functions of built-in objects. */
export const statics: Record<string, ReadonlySet<string>> = {
  Object: new Set(['assign', 'entries', 'hasOwn', 'keys', 'values']),
  Array: new Set([]),
  String: new Set(['raw']),
  Number: new Set(['isFinite', 'isNaN']),
  Math: new Set(['random', 'min', 'max', 'round', 'floor', 'ceil']),
  JSON: new Set(['parse', 'stringify']),
  console: new Set(['log', 'error']),
};

/** Array methods that take a callback: the only places where a function may stand as a value. */
export const callbackMethods = new Set([
  ...['forEach', 'map', 'flatMap', 'filter', 'reduce', 'reduceRight', 'find', 'some', 'every'],
  ...['findIndex', 'findLast', 'findLastIndex'],
]);

/** Methods of arrays and strings. */
export const methods = new Set([
  ...callbackMethods,
  ...['concat', 'fill', 'flat', 'indexOf', 'join', 'lastIndexOf', 'pop', 'push', 'reverse', 'shift', 'slice'],
  ...['sort', 'splice', 'unshift', 'charAt', 'endsWith', 'replace', 'replaceAll', 'split', 'startsWith'],
  ...['toLowerCase', 'toUpperCase', 'trim', 'trimEnd', 'trimStart'],
]);

/** What to write instead of something that people often reach for. */
export const replacements: Record<string, string> = {
  at: 'an index',
  includes: 'indexOf(x) >= 0',
  isArray: 'a check of what the schema already guarantees',
  isInteger: 'Math.floor(x) === x',
  localeCompare: 'a comparison with <',
  match: 'util.matches(pattern, text)',
  matchAll: 'util.matches(pattern, text)',
  padStart: '`000${number}`.slice(-width)',
  padEnd: '`${text}   `.slice(0, width)',
  repeat: 'a literal of the length that is needed',
  search: 'util.matches(pattern, text)',
  substr: 'slice',
  substring: 'slice',
  test: 'util.matches(pattern, text)',
  toString: 'a template literal',
  toFixed: 'Math.round(x * 100) / 100',
  hasOwnProperty: 'Object.hasOwn(object, key)',
  fromEntries: 'a loop that sets the keys',
  pow: 'a multiplication',
  abs: 'Math.max(x, -x)',
  trunc: 'Math.floor or Math.ceil',
  Date: 'util.time',
  Map: 'an object',
  Set: 'an object with true as the values',
  RegExp: 'util.matches(pattern, text)',
  Symbol: 'a string',
  BigInt: 'a number or a decimal string',
  Promise: 'a pipeline function, because resolvers run synchronously',
  fetch: 'an HTTP data source or a Lambda function',
  require: 'an import, which the bundler resolves',
  process: 'ctx.env',
  crypto: 'util.autoId()',
  parseInt: 'the unary + operator with Math.floor',
  parseFloat: 'the unary + operator',
  isNaN: 'Number.isNaN(x)',
  isFinite: 'Number.isFinite(x)',
  eval: 'code of its own',
  setTimeout: 'a queue with a delay',
  arguments: 'rest parameters',
  globalThis: 'an import',
  Boolean: '!!x',
  Error: 'util.error(message, type)',
};
