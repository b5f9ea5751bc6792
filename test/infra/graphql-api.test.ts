import { buildASTSchema, isObjectType, parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { pipelineFunctions, resolverTable } from '../../infra/resolver-table.ts';
import { listResolvers } from '../../scripts/bundle-resolvers.ts';
import { joinSchema, readSchemaSources } from '../../scripts/join-schema.ts';
import { at, synthesizeStack, type Resource, type SynthesizedStack } from '../support/synthesized-stack.ts';

let stack: SynthesizedStack;

beforeAll(() => {
  stack = synthesizeStack();
});

function only(type: string): Resource {
  const found = stack.ofType(type);
  expect(found).toHaveLength(1);
  return found[0]![1];
}

describe('the resolver table', () => {
  const scalars = 'scalar AWSJSON scalar AWSDateTime scalar AWSURL';
  const document = parse(`${scalars} ${joinSchema(readSchemaSources())}`);
  const types = buildASTSchema(document, { assumeValidSDL: true }).getTypeMap();
  const fieldsOf = (name: string): string[] => {
    const type = types[name];
    return isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${name}.${field}`) : [];
  };

  it('resolves every root field, and only fields that the schema has', () => {
    const rootFields = ['Query', 'Mutation', 'Subscription'].flatMap(fieldsOf);

    expect(rootFields.length).toBeGreaterThan(30);
    expect(Object.keys(resolverTable)).toEqual(expect.arrayContaining(rootFields));
    expect(Object.keys(types).flatMap(fieldsOf)).toEqual(expect.arrayContaining(Object.keys(resolverTable)));
  });

  it('uses every resolver file, and has a file for every resolver', () => {
    const steps = Object.keys(pipelineFunctions);
    const expected = [...Object.keys(resolverTable), ...steps.map((name) => `pipeline.${name}`)];
    const used = new Set(
      Object.values(resolverTable).flatMap((entry) => ('pipeline' in entry ? entry.pipeline : [])),
    );

    expect(
      listResolvers()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(expected.sort());
    expect([...used].sort()).toEqual(steps.sort());
  });

  it('is what the template has', () => {
    expect(stack.ofType('AWS::AppSync::Resolver')).toHaveLength(Object.keys(resolverTable).length);
    expect(stack.ofType('AWS::AppSync::FunctionConfiguration')).toHaveLength(
      Object.keys(pipelineFunctions).length,
    );
  });
});

describe('the API', () => {
  it('authenticates users by default, then keys and the backend', () => {
    expect(only('AWS::AppSync::GraphQLApi').Properties).toMatchObject({
      AuthenticationType: 'AMAZON_COGNITO_USER_POOLS',
      AdditionalAuthenticationProviders: [
        {
          AuthenticationType: 'AWS_LAMBDA',
          LambdaAuthorizerConfig: {
            AuthorizerResultTtlInSeconds: 30,
            IdentityValidationExpression: '^vdb_.*',
          },
        },
        { AuthenticationType: 'AWS_IAM' },
      ],
      LogConfig: { ExcludeVerboseContent: true },
    });
  });

  it('has a schema without what AppSync defines by itself', () => {
    const definition = only('AWS::AppSync::GraphQLSchema').Properties['Definition'] as string;

    expect(definition).not.toMatch(/^(scalar AWS|directive @aws|extend )/m);
    expect(definition.length).toBeLessThan(1_000_000);
  });

  it('lets users sign up by invitation alone', () => {
    const pool = only('AWS::Cognito::UserPool').Properties;
    const client = only('AWS::Cognito::UserPoolClient').Properties;
    const groups = stack
      .ofType('AWS::Cognito::UserPoolGroup')
      .map(([, { Properties }]) => Properties['GroupName']);

    expect(pool['AdminCreateUserConfig']).toMatchObject({ AllowAdminCreateUserOnly: true });
    expect(at(pool, 'Policies.PasswordPolicy')).toMatchObject({ MinimumLength: 12, RequireSymbols: true });
    expect(client['ExplicitAuthFlows']).toEqual([
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ]);
    expect(groups.sort()).toEqual(['admin', 'viewer']);
  });
});
