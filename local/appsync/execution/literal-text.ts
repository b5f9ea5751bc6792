import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  isScalarType,
  Kind,
  valueFromAST,
} from 'graphql';
import type { GraphQLInputObjectType, GraphQLInputType, ValueNode } from 'graphql';
import { javaLiteral } from './java-names.ts';

/** What is wrong with a literal of a query, as the service tells it. */
interface LiteralProblem {
  /** From the argument to the value: `[0].name`. */
  path: string;
  value: string;
  words: string;
}

function at(step: string, problem: LiteralProblem | null): LiteralProblem | null {
  return problem && { ...problem, path: `${step}${problem.path}` };
}

function objectProblem(type: GraphQLInputObjectType, node: ValueNode): LiteralProblem | null {
  const refuse = (words: string): LiteralProblem => ({ path: '', value: javaLiteral(node), words });
  if (node.kind !== Kind.OBJECT) return refuse('must be an object type');
  const fields = type.getFields();
  const given = new Set(node.fields.map(({ name }) => name.value));
  const missing = Object.values(fields).filter(
    (field) => isRequiredInputField(field) && !given.has(field.name),
  );
  if (missing.length > 0)
    return refuse(`is missing required fields '[${missing.map(({ name }) => name).join(', ')}]'`);
  for (const { name, value } of node.fields) {
    const field = fields[name.value];
    if (!field) return refuse(`contains a field not in '${type.name}': '${name.value}'`);
    const problem = at(`.${name.value}`, literalProblem(field.type, value));
    if (problem) return problem;
  }
  return null;
}

/** Returns the first problem of a literal; null when there is none. */
export function literalProblem(type: GraphQLInputType, node: ValueNode): LiteralProblem | null {
  const refuse = (words: string): LiteralProblem => ({ path: '', value: javaLiteral(node), words });
  if (node.kind === Kind.VARIABLE) return null;
  if (isNonNullType(type))
    return node.kind === Kind.NULL ? refuse('must not be null') : literalProblem(type.ofType, node);
  if (node.kind === Kind.NULL) return null;
  if (isListType(type)) {
    if (node.kind !== Kind.LIST) return literalProblem(type.ofType, node);
    for (const [i, item] of node.values.entries()) {
      const problem = at(`[${i}]`, literalProblem(type.ofType, item));
      if (problem) return problem;
    }
    return null;
  }
  if (isInputObjectType(type)) return objectProblem(type, node);
  const isLeaf = isScalarType(type) || isEnumType(type);
  return isLeaf && valueFromAST(node, type) === undefined ? refuse(`is not a valid '${type.name}'`) : null;
}
