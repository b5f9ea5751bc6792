import { util } from '@aws-appsync/utils';

export function request(ctx) {
  const key = util.dynamodb.toMapValues({ pk: 'NOTES', sk: ctx.args.id });
  const attributeValues = util.dynamodb.toMapValues({ id: ctx.args.id, text: ctx.args.text });
  return { operation: 'PutItem', key, attributeValues };
}

export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  return ctx.result;
}
