import { buildASTSchema, getDirectiveValues, Kind, parse, validateSchema } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { limits } from '../limits.ts';
import { directiveSdl } from './directives.ts';
import { attachScalars, scalarNames } from './scalars.ts';

/** A schema and what its subscriptions listen to. */
interface ApiSchema {
  schema: GraphQLSchema;
  /** Mutation field to the subscription fields that it feeds. */
  subscriptionsOf: ReadonlyMap<string, readonly string[]>;
}

function parseSdl(sdl: string): DocumentNode {
  const size = Buffer.byteLength(sdl);
  if (size > limits.schemaBytes)
    throw new Error(`the schema has ${size} bytes; the limit is ${limits.schemaBytes}`);
  const scalars = scalarNames.map((name) => `scalar ${name}`).join('\n');
  const document = parse(sdl);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCALAR_TYPE_DEFINITION) continue;
    throw new Error(
      `the schema defines scalar ${definition.name.value}: the service allows only its own scalars`,
    );
  }
  const own = parse(`${scalars}\n${directiveSdl}`);
  return { ...document, definitions: [...own.definitions, ...document.definitions] };
}

function findSubscriptions(schema: GraphQLSchema, faults: string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const directive = schema.getDirective('aws_subscribe');
  const mutations = schema.getMutationType()?.getFields() ?? {};
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const values = directive && field.astNode ? getDirectiveValues(directive, field.astNode) : undefined;
    for (const name of (values?.mutations ?? []) as string[]) {
      const mutation = mutations[name];
      if (!mutation) {
        faults.push(`Subscription.${field.name} listens to the mutation '${name}', which does not exist`);
      } else if (String(mutation.type).replace(/!$/, '') !== String(field.type).replace(/!$/, '')) {
        const types = `${String(field.type)} and ${String(mutation.type)}`;
        faults.push(`Subscription.${field.name} and Mutation.${name} have different types: ${types}`);
      } else {
        found.set(name, [...(found.get(name) ?? []), field.name]);
      }
    }
  }
  return found;
}

/** Builds an executable schema from SDL that may use the service's scalars and directives. */
export function buildSchema(sdl: string): ApiSchema {
  const schema = buildASTSchema(parseSdl(sdl));
  const faults = validateSchema(schema).map((error) => error.message);
  const subscriptionsOf = findSubscriptions(schema, faults);
  if (faults.length > 0) throw new Error(`the schema is not valid:\n${faults.join('\n')}`);
  attachScalars(schema);
  return { schema, subscriptionsOf };
}
