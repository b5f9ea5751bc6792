import { getDirectiveValues, GraphQLIncludeDirective, GraphQLSkipDirective, Kind, print } from 'graphql';
import type { FieldNode, FragmentDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql';
import { limits } from '../limits.ts';
import { FieldError } from './field-error.ts';

/** What reading a selection needs beside its nodes. */
export interface SelectionScope {
  fragments: Readonly<Record<string, FragmentDefinitionNode | undefined>>;
  variableValues: Record<string, unknown>;
}

function isIncluded(node: SelectionNode, scope: SelectionScope): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, node, scope.variableValues);
  const include = getDirectiveValues(GraphQLIncludeDirective, node, scope.variableValues);
  return skip?.if !== true && include?.if !== false;
}

function innerSet(node: SelectionNode, scope: SelectionScope): SelectionSetNode | undefined {
  if (node.kind === Kind.INLINE_FRAGMENT) return node.selectionSet;
  return node.kind === Kind.FRAGMENT_SPREAD ? scope.fragments[node.name.value]?.selectionSet : undefined;
}

/** Groups the fields of selection sets by response key; fragments are expanded whatever their type. */
export function collectFields(
  sets: readonly (SelectionSetNode | undefined)[],
  scope: SelectionScope,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visit = (set: SelectionSetNode | undefined): void => {
    for (const node of set?.selections ?? []) {
      if (!isIncluded(node, scope)) continue;
      if (node.kind !== Kind.FIELD) {
        visit(innerSet(node, scope));
        continue;
      }
      const key = node.alias?.value ?? node.name.value;
      fields.set(key, [...(fields.get(key) ?? []), node]);
    }
  };
  for (const set of sets) visit(set);
  return fields;
}

/** Returns `info.selectionSetList`: `hits`, `hits/values`, … with an alias in place of the name. */
export function selectionSetList(fieldNodes: readonly FieldNode[], scope: SelectionScope): string[] {
  const list: string[] = [];
  const visit = (nodes: readonly FieldNode[], prefix: string): void => {
    const sets = nodes.map((node) => node.selectionSet);
    for (const [key, children] of collectFields(sets, scope)) {
      if (list.length >= limits.selectionEntries) {
        throw new FieldError(
          `The selection set has more than ${limits.selectionEntries} fields`,
          'BadRequestException',
        );
      }
      list.push(`${prefix}${key}`);
      visit(children, `${prefix}${key}/`);
    }
  };
  visit(fieldNodes, '');
  return list;
}

/** Returns `info.selectionSetGraphQL`. */
export function selectionSetGraphQL(fieldNodes: readonly FieldNode[]): string {
  return fieldNodes.flatMap((node) => (node.selectionSet ? [print(node.selectionSet)] : [])).join('\n');
}

/** Keeps of a value what a selection names, as the service does with the `data` of an error. */
export function pickSelected(
  value: unknown,
  fieldNodes: readonly FieldNode[],
  scope: SelectionScope,
): unknown {
  if (Array.isArray(value)) return value.map((item) => pickSelected(item, fieldNodes, scope));
  const sets = fieldNodes.map((node) => node.selectionSet);
  if (value === null || typeof value !== 'object' || sets.every((set) => set === undefined)) return value;
  const given = value as Record<string, unknown>;
  const picked: Record<string, unknown> = {};
  for (const children of collectFields(sets, scope).values()) {
    const name = children[0]?.name.value ?? '';
    if (Object.hasOwn(given, name)) picked[name] = pickSelected(given[name], children, scope);
  }
  return picked;
}

/** Returns how deep an operation selects: `{ a { b } }` is 2. */
export function selectionDepth(root: SelectionSetNode, scope: Pick<SelectionScope, 'fragments'>): number {
  const known = new Map<SelectionSetNode, number>();
  const depthOf = (set: SelectionSetNode): number => {
    const seen = known.get(set);
    if (seen !== undefined) return seen;
    let depth = 0;
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        depth = Math.max(depth, 1 + (node.selectionSet ? depthOf(node.selectionSet) : 0));
      } else {
        const inner = innerSet(node, { ...scope, variableValues: {} });
        if (inner) depth = Math.max(depth, depthOf(inner));
      }
    }
    known.set(set, depth);
    return depth;
  };
  return depthOf(root);
}
