import { isObjectType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { AppSyncApiDefinition, DataSource, ResolverDefinition } from '../definition.ts';
import { limits } from '../limits.ts';
import { CodeRefused, compileCode } from '../runtime/compile-code.ts';
import type { CompiledCode } from '../runtime/compile-code.ts';

/** Handlers around one call of a data source. */
export interface Step {
  name: string;
  /** Null: a Lambda function that gets the whole context. */
  code: CompiledCode | null;
  source: DataSource;
  maxBatchSize: number;
}

export type CompiledResolver =
  | { kind: 'UNIT'; name: string; step: Step }
  | { kind: 'PIPELINE'; name: string; code: CompiledCode; steps: Step[] };

/** Resolvers by `Type.field`. */
export type ResolverTable = ReadonlyMap<string, CompiledResolver>;

interface Compilation {
  definition: AppSyncApiDefinition;
  /** Functions are shared between pipelines and compiled once. */
  functions: Map<string, Step | null>;
  faults: string[];
}

function compile(name: string, code: string, faults: string[]): CompiledCode | null {
  try {
    return compileCode(`${name}.js`, code);
  } catch (thrown) {
    if (!(thrown instanceof CodeRefused)) throw thrown;
    faults.push(...thrown.faults);
    return null;
  }
}

interface StepParts {
  name: string;
  dataSourceName: string | null;
  code: string | null;
  maxBatchSize: number;
}

function buildStep({ definition, faults }: Compilation, parts: StepParts): Step | null {
  const { name, maxBatchSize } = parts;
  const source = definition.dataSources[parts.dataSourceName ?? ''];
  if (!source) {
    faults.push(`${name}: the data source '${parts.dataSourceName ?? ''}' does not exist`);
    return null;
  }
  if (maxBatchSize < 0 || maxBatchSize > limits.lambdaBatchSize) {
    faults.push(`${name}: maxBatchSize is ${maxBatchSize}; it must be 0 to ${limits.lambdaBatchSize}`);
  }
  if (maxBatchSize > 0 && source.type !== 'AWS_LAMBDA') {
    faults.push(`${name}: maxBatchSize is for Lambda data sources, not ${source.type}`);
  }
  if (parts.code === null) {
    if (source.type !== 'AWS_LAMBDA')
      faults.push(`${name}: only a resolver on a Lambda data source may go without code`);
    return { name, code: null, source, maxBatchSize };
  }
  const code = compile(name, parts.code, faults);
  return code && { name, code, source, maxBatchSize };
}

function functionStep(compilation: Compilation, functionId: string, owner: string): Step | null {
  const { definition, functions, faults } = compilation;
  const known = functions.get(functionId);
  if (known !== undefined) return known;
  const definitionOf = definition.functions[functionId];
  if (!definitionOf) faults.push(`${owner}: the function '${functionId}' does not exist`);
  const step = definitionOf ? buildStep(compilation, definitionOf) : null;
  functions.set(functionId, step);
  return step;
}

function buildPipeline(
  compilation: Compilation,
  name: string,
  resolver: ResolverDefinition,
): CompiledResolver | null {
  const { faults } = compilation;
  const { functionIds } = resolver;
  if (functionIds.length === 0 || functionIds.length > limits.pipelineFunctions) {
    faults.push(
      `${name}: the pipeline has ${functionIds.length} functions; it takes 1 to ${limits.pipelineFunctions}`,
    );
  }
  if (resolver.code === null) {
    faults.push(`${name}: a pipeline resolver needs code`);
    return null;
  }
  const code = compile(name, resolver.code, faults);
  const steps = functionIds.flatMap((id) => functionStep(compilation, id, name) ?? []);
  return code && { kind: 'PIPELINE', name, code, steps };
}

function hasField(schema: GraphQLSchema, { typeName, fieldName }: ResolverDefinition): boolean {
  const type = schema.getType(typeName);
  return isObjectType(type) && Object.hasOwn(type.getFields(), fieldName);
}

/** Compiles every resolver once, and adds to `faults` what the service would refuse. */
export function buildResolverTable(
  schema: GraphQLSchema,
  definition: AppSyncApiDefinition,
  faults: string[],
): ResolverTable {
  const compilation: Compilation = { definition, functions: new Map(), faults };
  const table = new Map<string, CompiledResolver>();
  for (const resolver of definition.resolvers) {
    const name = `${resolver.typeName}.${resolver.fieldName}`;
    if (!hasField(schema, resolver)) faults.push(`${name}: the schema has no such field`);
    if (table.has(name)) faults.push(`${name}: the field has two resolvers`);
    if (resolver.kind === 'PIPELINE') {
      const pipeline = buildPipeline(compilation, name, resolver);
      if (pipeline) table.set(name, pipeline);
    } else {
      const step = buildStep(compilation, { ...resolver, name });
      if (step) table.set(name, { kind: 'UNIT', name, step });
    }
  }
  return table;
}
