import type { ConstDirectiveNode, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { getDirectiveValues } from 'graphql';
import type { AppSyncApiDefinition, AuthModeType } from '../definition.ts';
import type { AppSyncPorts } from '../ports.ts';
import type { Caller } from './caller.ts';

/** The modes that reach a field; with groups, only members of one of them. */
type Access = Map<AuthModeType, readonly string[] | null>;

const MODES: Record<string, AuthModeType | undefined> = {
  aws_auth: 'AMAZON_COGNITO_USER_POOLS',
  aws_cognito_user_pools: 'AMAZON_COGNITO_USER_POOLS',
  aws_iam: 'AWS_IAM',
  aws_lambda: 'AWS_LAMBDA',
  aws_api_key: 'API_KEY',
  aws_oidc: 'OPENID_CONNECT',
};

/** Decides which caller may read which field, from the directives on fields and types. */
export class FieldAccess {
  readonly #schema: GraphQLSchema;
  readonly #definition: AppSyncApiDefinition;
  readonly #isAllowed: AppSyncPorts['isAllowed'];
  readonly #known = new Map<string, Access>();
  readonly #rootNames: ReadonlySet<string>;

  constructor(schema: GraphQLSchema, definition: AppSyncApiDefinition, isAllowed: AppSyncPorts['isAllowed']) {
    this.#schema = schema;
    this.#definition = definition;
    this.#isAllowed = isAllowed;
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    this.#rootNames = new Set(roots.flatMap((root) => (root ? [root.name] : [])));
  }

  /** Tells whether the caller may read `type.fieldName`. Introspection is open to every caller. */
  allows(caller: Caller, type: GraphQLObjectType, fieldName: string): boolean {
    if (fieldName.startsWith('__') || type.name.startsWith('__')) return true;
    const access = this.#accessOf(type, fieldName);
    const groups = access.get(caller.mode);
    if (groups === undefined) return false;
    if (groups !== null && !groups.some((group) => caller.groups.includes(group))) return false;
    if (groups === null && this.#isClosedPool(caller)) return false;
    return caller.principal === null || this.#policyAllows(caller, type.name, fieldName);
  }

  #isClosedPool(caller: Caller): boolean {
    const { defaultAuth } = this.#definition;
    return (
      caller.mode === 'AMAZON_COGNITO_USER_POOLS' &&
      defaultAuth.type === 'AMAZON_COGNITO_USER_POOLS' &&
      defaultAuth.defaultAction === 'DENY'
    );
  }

  /** IAM policies name fields of the root types; below them the directives alone decide. */
  #policyAllows(caller: Caller, typeName: string, fieldName: string): boolean {
    if (caller.principal === null || !this.#rootNames.has(typeName)) return true;
    const resource = `${this.#definition.arn}/types/${typeName}/fields/${fieldName}`;
    return this.#isAllowed(caller.principal, 'appsync:GraphQL', resource);
  }

  #accessOf(type: GraphQLObjectType, fieldName: string): Access {
    const key = `${type.name}.${fieldName}`;
    let access = this.#known.get(key);
    if (!access) {
      const fieldNode = type.getFields()[fieldName]?.astNode;
      // The older `@aws_auth` counts in fields of root types alone, and where the pool is the only mode.
      const isOldKnown = this.#rootNames.has(type.name) && this.#definition.additionalAuth.length === 0;
      access =
        this.#declared(fieldNode, isOldKnown) ?? this.#declared(type.astNode, isOldKnown) ?? this.#default();
      this.#known.set(key, access);
    }
    return access;
  }

  #default(): Access {
    return new Map([[this.#definition.defaultAuth.type, null]]);
  }

  /** What a node's own directives say; null when it has none. */
  #declared(
    node: { directives?: readonly ConstDirectiveNode[] } | null | undefined,
    isOldKnown: boolean,
  ): Access | null {
    const access: Access = new Map();
    for (const { name } of node?.directives ?? []) {
      const mode = MODES[name.value];
      const directive = this.#schema.getDirective(name.value);
      if (!mode || !directive || !node || (name.value === 'aws_auth' && !isOldKnown)) continue;
      const values = getDirectiveValues(directive, node);
      access.set(mode, (values?.cognito_groups as string[] | null | undefined) ?? null);
    }
    return access.size > 0 ? access : null;
  }
}
