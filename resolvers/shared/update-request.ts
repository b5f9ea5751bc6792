import { util, type DynamoDBUpdateItemRequest } from '@aws-appsync/utils';

/** A condition on the item as it is before the update. */
export interface Condition {
  expression: string;
  names: Record<string, string>;
  values: Record<string, unknown>;
}

/** Returns an update that sets attributes of one item when the condition holds, and answers the new item. */
export function setAttributes(
  key: Record<string, string>,
  changes: Record<string, unknown>,
  condition: Condition,
): DynamoDBUpdateItemRequest {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(changes)) {
    names[`#${name}`] = name;
    values[`:${name}`] = changes[name];
  }
  const assignments = Object.keys(changes).map((name) => `#${name} = :${name}`);
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues(key),
    update: {
      expression: `SET ${assignments.join(', ')}`,
      expressionNames: names,
      expressionValues: util.dynamodb.toMapValues(values),
    },
    condition: {
      expression: condition.expression,
      expressionNames: condition.names,
      expressionValues: util.dynamodb.toMapValues(condition.values),
    },
  };
}
