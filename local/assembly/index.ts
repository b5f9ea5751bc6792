export { readAssembly, InvalidAssembly } from './read-assembly.ts';
export { readText } from './read-text.ts';
export type { Assembly } from './read-assembly.ts';
export { resolveAssembly } from './resolve-assembly.ts';
export type { Resource, ResolvedAssembly } from './resolve-assembly.ts';
export type { Naming } from './naming.ts';
export { queueUrlOf } from './naming.ts';
export type { ParameterValues } from './parameters.ts';
