import { getNamedType, isCompositeType, isObjectType, OperationTypeNode } from 'graphql';
import type { FieldNode, GraphQLOutputType } from 'graphql';
import type { ApiRuntime } from '../execution/api-runtime.ts';
import type { Execution } from '../execution/execute-operation.ts';
import { collectFields } from '../execution/selection-set.ts';
import type { SelectionScope } from '../execution/selection-set.ts';
import type { Subscription } from './subscription.ts';

/** What one field of a mutation gives to its subscribers. */
export interface Publication {
  subscriptionFields: readonly string[];
  /** Only what the mutation selected, under the names of the schema. */
  payload: Record<string, unknown>;
  projections: Projections;
}

/** What one publication looks like to its subscribers, written once for all that select the same. */
export class Projections {
  readonly #payload: Record<string, unknown>;
  readonly #written = new Map<string, Promise<string>>();

  constructor(payload: Record<string, unknown>) {
    this.#payload = payload;
  }

  /** Returns the subscription's answer as JSON. */
  of(subscription: Pick<Subscription, 'shape' | 'project'>): Promise<string> {
    const { shape } = subscription;
    let written = this.#written.get(shape);
    if (!written) {
      written = subscription.project(this.#payload).then((projected) => JSON.stringify(projected));
      this.#written.set(shape, written);
    }
    return written;
  }
}

/** Undoes the aliases of a mutation's answer. */
function underSchemaNames(value: unknown, nodes: readonly FieldNode[], scope: SelectionScope): unknown {
  if (Array.isArray(value)) return value.map((item) => underSchemaNames(item, nodes, scope));
  const sets = nodes.map((node) => node.selectionSet);
  if (value === null || typeof value !== 'object' || sets.every((set) => set === undefined)) return value;
  const answer = value as Record<string, unknown>;
  const renamed: Record<string, unknown> = {};
  for (const [key, children] of collectFields(sets, scope)) {
    const name = children[0]?.name.value ?? key;
    if (Object.hasOwn(answer, key)) renamed[name] = underSchemaNames(answer[key], children, scope);
  }
  return renamed;
}

function typeNameOf(type: GraphQLOutputType | undefined): Record<string, unknown> {
  const named = type && getNamedType(type);
  return isObjectType(named) ? { __typename: named.name } : {};
}

/** Lists what a finished mutation publishes; a field that answered null publishes nothing. */
export function publicationsOf(api: ApiRuntime, execution: Execution): Publication[] {
  const { operation, data, variableValues } = execution;
  if (operation.node.operation !== OperationTypeNode.MUTATION || data === null) return [];
  const scope: SelectionScope = { fragments: operation.fragments, variableValues };
  const fields = api.schema.getMutationType()?.getFields() ?? {};
  return [...collectFields([operation.node.selectionSet], scope)].flatMap(([key, nodes]) => {
    const name = nodes[0]?.name.value ?? '';
    const subscriptionFields = api.subscriptionsOf.get(name) ?? [];
    const type = fields[name]?.type;
    const payload = underSchemaNames(data[key] ?? null, nodes, scope);
    const isPublished =
      subscriptionFields.length > 0 && payload !== null && type && isCompositeType(getNamedType(type));
    if (!isPublished) return [];
    const published = { ...typeNameOf(type), ...(payload as Record<string, unknown>) };
    return [{ subscriptionFields, payload: published, projections: new Projections(published) }];
  });
}
