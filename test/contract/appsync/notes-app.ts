import type { AppSyncApiDefinition, ResolverDefinition } from '../../../local/appsync/index.ts';

/** A made-up application: notes on shelves. */
const SDL = `
  type Note @aws_cognito_user_pools @aws_lambda @aws_iam @aws_api_key {
    shelf: ID!
    id: ID!
    title: String!
    author: ID
    meta: AWSJSON
    stars: Float
    createdAt: AWSDateTime
    secret: String @aws_cognito_user_pools(cognito_groups: ["admin"])
    owner: Person
    parent: Note
  }
  type Person @aws_cognito_user_pools @aws_lambda { id: ID! name: String }
  type NotePage @aws_cognito_user_pools @aws_lambda { items: [Note!]! nextToken: String }
  type Strict @aws_cognito_user_pools @aws_lambda { must: String! at: AWSDateTime }
  type PoolOnly { value: String }
  input Deep { and: Deep }
  input NoteInput { shelf: ID! id: ID! title: String! author: ID meta: AWSJSON stars: Float }
  type Query {
    getNote(shelf: ID!, id: ID!): Note @aws_cognito_user_pools @aws_lambda @aws_api_key
    listNotes(shelf: ID!, limit: Int, nextToken: String): NotePage! @aws_cognito_user_pools @aws_lambda
    pickNotes(shelf: ID!, ids: [ID!]!): [Note]! @aws_cognito_user_pools @aws_lambda
    searchNotes(shelf: ID!, text: String!): [Note]! @aws_cognito_user_pools @aws_lambda
    context(filter: AWSJSON, at: AWSDateTime, limit: Int = 7): AWSJSON @aws_cognito_user_pools @aws_lambda @aws_iam @aws_api_key @aws_oidc
    deep(filter: Deep): String @aws_cognito_user_pools
    fail(how: String!): String @aws_cognito_user_pools @aws_lambda
    strict(must: String, at: String): Strict @aws_cognito_user_pools @aws_lambda
    direct(text: String!): String @aws_cognito_user_pools @aws_lambda
    later(find: String!): String @aws_cognito_user_pools
    poolOnly: PoolOnly
    adminOnly: String @aws_cognito_user_pools(cognito_groups: ["admin"])
    signedOnly: String @aws_iam
    visitorOnly: String @aws_oidc
  }
  type Mutation {
    putNote(input: NoteInput!): Note @aws_cognito_user_pools @aws_lambda
    renameNote(shelf: ID!, id: ID!, title: String!, expected: String): Note @aws_cognito_user_pools @aws_lambda
    deleteNote(shelf: ID!, id: ID!): Note @aws_cognito_user_pools @aws_lambda
    announce(input: AWSJSON!): Note @aws_iam @aws_cognito_user_pools
    closeShelf(shelf: ID!): Note @aws_cognito_user_pools
  }
  type Subscription {
    onNote(shelf: ID!, author: ID): Note
      @aws_subscribe(mutations: ["putNote", "announce"]) @aws_cognito_user_pools @aws_lambda @aws_iam
    onStars(atLeast: Float!): Note @aws_subscribe(mutations: ["announce"]) @aws_cognito_user_pools @aws_lambda
    onSecret: Note @aws_subscribe(mutations: ["announce"]) @aws_cognito_user_pools @aws_lambda
  }
`;

const IMPORTS = `
  import { util, runtime, extensions } from '@aws-appsync/utils';
  import * as ddb from '@aws-appsync/utils/dynamodb';
`;
const RESPONSE = `
  export function response(ctx) {
    if (ctx.error) util.error(ctx.error.message, ctx.error.type, ctx.result, { retryable: false });
    return ctx.result;
  }
`;

/** A request handler around one expression, with the usual response handler. */
const request = (expression: string): string =>
  `${IMPORTS} export function request(ctx) { return ${expression}; } ${RESPONSE}`;

const KEY = '{ shelf: ctx.args.shelf, id: ctx.args.id }';

const FAIL = `${IMPORTS}
  export function request(ctx) {
    const how = ctx.args.how;
    if (how === 'error') util.error('No such thing', 'NOT_FOUND', { a: 1 }, { field: 'how' });
    if (how === 'append') util.appendError('Only half', 'PARTIAL', null, { left: 3 });
    if (how === 'unauthorized') util.unauthorized();
    if (how === 'crash') return { payload: ctx.args.nothing.at.all };
    if (how === 'header') util.http.addResponseHeader('X-Shelf', { a: 1 });
    if (how === 'early') runtime.earlyReturn('left early');
    return { payload: 'half' };
  }
  export function response(ctx) { return ctx.result; }`;

const CONTEXT = `${IMPORTS}
  export function request(ctx) { return { payload: null }; }
  export function response(ctx) {
    const { args, identity, source, info, request, env } = ctx;
    return { args, identity, source, info, headers: request.headers, env, authType: util.authType() };
  }`;

const BEFORE_AFTER = `
  export function request(ctx) { ctx.stash.trail = ['before']; return { seed: 1 }; }
  export function response(ctx) { return ctx.prev.result; }`;

const FIND = `${IMPORTS}
  export function request(ctx) {
    if (ctx.args.text === 'nothing') runtime.earlyReturn([], { skipTo: 'END' });
    return { operation: 'Invoke', payload: { find: ctx.args.text, seed: ctx.prev.result.seed } };
  }
  export function response(ctx) {
    if (ctx.error) util.error(ctx.error.message, ctx.error.type);
    ctx.stash.trail.push('find');
    return ctx.result;
  }`;

const READ = `${IMPORTS}
  export function request(ctx) {
    const keys = ctx.prev.result.map((id) => ({ shelf: ctx.args.shelf, id }));
    return ddb.batchGet({ tables: { [ctx.env.TABLE]: { keys, consistentRead: true } } });
  }
  export function response(ctx) {
    if (ctx.error) util.error(ctx.error.message, ctx.error.type);
    const trail = ctx.stash.trail.join('>');
    return ctx.result.data[ctx.env.TABLE].map((note) => (note ? { ...note, title: note.title + ' ' + trail } : null));
  }`;

const STARS = `${IMPORTS}
  export function request(ctx) {
    if (ctx.args.atLeast < 0) util.error('atLeast must not be negative', 'VALIDATION');
    return { payload: null };
  }
  export function response(ctx) {
    extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter({ stars: { ge: ctx.args.atLeast } }));
    extensions.setSubscriptionInvalidationFilter(util.transform.toSubscriptionFilter({ closed: { eq: true } }));
    return null;
  }`;

const CLOSE = `${IMPORTS}
  export function request(ctx) { return { payload: null }; }
  export function response(ctx) {
    extensions.invalidateSubscriptions({ subscriptionField: 'onStars', payload: { closed: true } });
    return null;
  }`;

const base = { functionIds: [], maxBatchSize: 0 };
const unit = (
  name: string,
  dataSourceName: string,
  code: string | null,
  maxBatchSize = 0,
): ResolverDefinition => {
  const [typeName = '', fieldName = ''] = name.split('.');
  return { ...base, typeName, fieldName, kind: 'UNIT', dataSourceName, code, maxBatchSize };
};

const NOTES_FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:notes';
export const AUTHORIZER_FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:authorizer';
export const TABLE_NAME = 'notes';
export const OIDC_ISSUER = 'https://visitors.test/';
export const API_KEY = 'da2-fourteen';

/** The whole API, as the template evaluation would hand it over. */
export const notesApi: AppSyncApiDefinition = {
  apiId: 'notes',
  region: 'eu-west-1',
  accountId: '123456789012',
  arn: 'arn:aws:appsync:eu-west-1:123456789012:apis/notes',
  schemaSdl: SDL,
  defaultAuth: {
    type: 'AMAZON_COGNITO_USER_POOLS',
    userPoolId: 'eu-west-1_pool',
    region: 'eu-west-1',
    appIdClientRegex: 'console',
    defaultAction: 'ALLOW',
  },
  additionalAuth: [
    {
      type: 'AWS_LAMBDA',
      authorizerArn: AUTHORIZER_FUNCTION,
      ttlSeconds: 30,
      identityValidationExpression: null,
    },
    { type: 'AWS_IAM' },
    { type: 'OPENID_CONNECT', issuer: OIDC_ISSUER, clientId: 'visitors-.*', iatTtlMs: 0, authTtlMs: 0 },
    { type: 'API_KEY', keys: [{ id: API_KEY, expiresMs: Date.UTC(2100, 0) }] },
  ],
  dataSources: {
    none: { type: 'NONE' },
    table: {
      type: 'AMAZON_DYNAMODB',
      tableName: TABLE_NAME,
      region: 'eu-west-1',
      roleArn: 'arn:aws:iam::123456789012:role/table',
    },
    notes: {
      type: 'AWS_LAMBDA',
      functionArn: NOTES_FUNCTION,
      roleArn: 'arn:aws:iam::123456789012:role/notes',
    },
  },
  functions: {
    find: { functionId: 'find', name: 'find', dataSourceName: 'notes', code: FIND, maxBatchSize: 0 },
    read: { functionId: 'read', name: 'read', dataSourceName: 'table', code: READ, maxBatchSize: 0 },
  },
  resolvers: [
    unit('Query.getNote', 'table', request(`ddb.get({ key: ${KEY}, consistentRead: true })`)),
    unit(
      'Query.listNotes',
      'table',
      request(
        'ddb.query({ query: { shelf: { eq: ctx.args.shelf } }, limit: ctx.args.limit, nextToken: ctx.args.nextToken })',
      ),
    ),
    unit(
      'Query.pickNotes',
      'table',
      request(
        '{ operation: "BatchGetItem", tables: { notes: { keys: ctx.args.ids.map((id) => util.dynamodb.toMapValues({ shelf: ctx.args.shelf, id })), projection: { expression: "title" } } } }',
      ).replace('return ctx.result;', 'return ctx.result.data.notes;'),
    ),
    unit('Query.context', 'none', CONTEXT),
    unit('Query.fail', 'none', FAIL),
    unit('Query.strict', 'none', request('({ payload: ctx.args })')),
    unit('Query.direct', 'notes', null),
    unit(
      'Query.later',
      'notes',
      request('({ operation: "Invoke", invocationType: "Event", payload: { find: ctx.args.find } })'),
    ),
    unit('Query.poolOnly', 'none', request('({ payload: { value: "pool" } })')),
    unit('Query.adminOnly', 'none', request('({ payload: "admin" })')),
    unit('Query.visitorOnly', 'none', request('({ payload: ctx.identity.sub })')),
    unit('Query.signedOnly', 'none', request('({ payload: "signed" })')),
    {
      ...base,
      typeName: 'Query',
      fieldName: 'searchNotes',
      kind: 'PIPELINE',
      dataSourceName: null,
      functionIds: ['find', 'read'],
      code: BEFORE_AFTER,
    },
    unit(
      'Note.owner',
      'notes',
      request('({ operation: "BatchInvoke", payload: { owner: ctx.source.author } })'),
      2,
    ),
    unit(
      'Mutation.putNote',
      'table',
      request(
        'ddb.put({ key: { shelf: ctx.args.input.shelf, id: ctx.args.input.id }, item: { ...ctx.args.input, createdAt: util.time.nowISO8601(), secret: "s" }, condition: { id: { attributeExists: false } } })',
      ),
    ),
    unit(
      'Mutation.renameNote',
      'table',
      request(
        `ddb.update({ key: ${KEY}, update: { title: ctx.args.title }, condition: ctx.args.expected ? { title: { eq: ctx.args.expected } } : { id: { attributeExists: true } } })`,
      ),
    ),
    unit('Mutation.deleteNote', 'table', request(`ddb.remove({ key: ${KEY} })`)),
    unit('Mutation.announce', 'none', request('({ payload: ctx.args.input })')),
    unit('Mutation.closeShelf', 'none', CLOSE),
    unit('Subscription.onStars', 'none', STARS),
  ],
  environmentVariables: { TABLE: TABLE_NAME },
  introspection: true,
  queryDepthLimit: 6,
  resolverCountLimit: 40,
};
