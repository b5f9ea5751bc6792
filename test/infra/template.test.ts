import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import type { Stack } from 'aws-cdk-lib';
import { buildASTSchema, isObjectType, parse, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../infra/create-app.ts';
import { pipelineFunctions, resolverTable } from '../../infra/resolver-table.ts';
import { listResolvers } from '../../scripts/bundle-resolvers.ts';
import { joinSchema, readSchemaSources } from '../../scripts/join-schema.ts';

interface Resource {
  Type: string;
  Properties: Record<string, any>;
  DependsOn?: string | string[];
  DeletionPolicy?: string;
}
interface Statement {
  Action: string | string[];
  Effect: string;
  Resource?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
  Principal?: unknown;
}

const folders: string[] = [];
let resources: Record<string, Resource>;
let text: string;

function synthesize(context: Record<string, unknown> = {}): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'template-'));
  folders.push(outdir);
  const app = createApp({ outdir, context });
  return Template.fromStack(app.node.children[0] as Stack);
}

const ofType = (type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, resource]) => resource.Type === type);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const refersTo = (value: unknown, logicalId: string): boolean =>
  JSON.stringify(value).includes(`"${logicalId}"`);

/** The statements of every role, by the role's logical id. */
function roleStatements(): Map<string, Statement[]> {
  const statements = new Map<string, Statement[]>();
  for (const [, { Properties: policy }] of ofType('AWS::IAM::Policy')) {
    for (const role of policy['Roles'] as { Ref: string }[]) {
      statements.set(role.Ref, [
        ...(statements.get(role.Ref) ?? []),
        ...(policy['PolicyDocument'].Statement as Statement[]),
      ]);
    }
  }
  return statements;
}

beforeAll(() => {
  const template = synthesize();
  resources = (template.toJSON() as { Resources: Record<string, Resource> }).Resources;
  text = JSON.stringify(template.toJSON());
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the template', () => {
  it('is the same each time, and below what CloudFormation takes', () => {
    expect(JSON.stringify(synthesize().toJSON())).toBe(text);
    expect(text.length).toBeLessThan(1_000_000 * 0.75);
    expect(Object.keys(resources).length).toBeLessThan(500);
  });

  it('has no custom resources and no function that is not ours', () => {
    const functions = readdirSync(fileURLToPath(new URL('../../functions', import.meta.url))).filter((name) =>
      existsSync(fileURLToPath(new URL(`../../functions/${name}/handler.ts`, import.meta.url))),
    );

    expect(
      Object.values(resources).filter(({ Type }) => /^(Custom::|AWS::CloudFormation::)/.test(Type)),
    ).toEqual([]);
    expect(ofType('AWS::Lambda::Function')).toHaveLength(functions.length);
  });

  it('has no circle of references', () => {
    const references = new Map(
      Object.entries(resources).map(([id, resource]) => [
        id,
        Object.keys(resources).filter((other) => other !== id && refersTo(resource, other)),
      ]),
    );
    const done = new Set<string>();
    const visit = (id: string, path: string[]): void => {
      expect(path, `circle: ${[...path, id].join(' → ')}`).not.toContain(id);
      if (done.has(id)) return;
      for (const next of references.get(id) ?? []) visit(next, [...path, id]);
      done.add(id);
    };

    for (const id of Object.keys(resources)) visit(id, []);

    expect(done.size).toBe(Object.keys(resources).length);
  });

  it('keeps the logical ids of everything that holds data', () => {
    const stateful =
      /^AWS::(DynamoDB::Table|S3::Bucket|SQS::Queue|Cognito::UserPool|Cognito::UserPoolClient|SecretsManager::Secret|AppSync::GraphQLApi)$/;
    const ids = Object.entries(resources)
      .filter(([, { Type }]) => stateful.test(Type))
      .map(([id, { Type }]) => `${Type} ${id}`);

    expect(ids.sort()).toMatchSnapshot();
  });
});

describe('data', () => {
  it('stays when the stack goes, and can be restored', () => {
    const tables = ofType('AWS::DynamoDB::Table');

    expect(tables).toHaveLength(4);
    for (const [, { Properties, DeletionPolicy }] of tables) {
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      expect(DeletionPolicy).toBe('Retain');
    }
    for (const [, { DeletionPolicy }] of ofType('AWS::S3::Bucket')) expect(DeletionPolicy).toBe('Retain');
  });

  it('goes with a throw-away stack', () => {
    const json = synthesize({ throwAway: 'true' }).toJSON() as { Resources: Record<string, Resource> };
    const tables = Object.values(json.Resources).filter(({ Type }) =>
      /DynamoDB::Table|S3::Bucket$/.test(Type),
    );

    expect(tables.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(tables.map(() => 'Delete'));
    expect(JSON.stringify(json)).not.toContain('"DeletionProtectionEnabled":true');
  });

  it('is private, encrypted, and reached over TLS alone', () => {
    const buckets = ofType('AWS::S3::Bucket');
    const policies = ofType('AWS::S3::BucketPolicy');

    expect(buckets).toHaveLength(3);
    for (const [id, { Properties }] of buckets) {
      expect(Properties['PublicAccessBlockConfiguration']).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties['BucketEncryption']).toBeDefined();
      expect(JSON.stringify(Properties['LifecycleConfiguration'])).toContain(
        'AbortIncompleteMultipartUpload',
      );
      const policy = policies.find(([, candidate]) => refersTo(candidate.Properties['Bucket'], id));
      expect(JSON.stringify(policy)).toContain('"aws:SecureTransport":"false"');
    }
  });

  it('lets browsers upload with what an upload needs, and nothing else', () => {
    const rules = ofType('AWS::S3::Bucket').flatMap(
      ([, { Properties }]) => (Properties['CorsConfiguration']?.CorsRules ?? []) as Record<string, unknown>[],
    );

    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      AllowedMethods: ['POST', 'PUT'],
      AllowedOrigins: ['*'],
      ExposedHeaders: ['etag'],
    });
    expect(rules[0]!['AllowedHeaders']).not.toContain('*');
  });
});

describe('queues', () => {
  it('all have a queue for dead letters, encryption, and six times the time of their function', () => {
    const mappings = ofType('AWS::Lambda::EventSourceMapping');
    const deadLetters = new Set(
      ofType('AWS::SQS::Queue').flatMap(
        ([, { Properties }]) =>
          (Properties['RedrivePolicy']?.deadLetterTargetArn?.['Fn::GetAtt'] ?? []) as string[],
      ),
    );

    expect(mappings).toHaveLength(3);
    for (const [, { Properties: mapping }] of mappings) {
      const queue = resources[mapping['EventSourceArn']['Fn::GetAtt'][0] as string]!.Properties;
      const target = resources[mapping['FunctionName'].Ref as string]!.Properties;
      expect(queue['VisibilityTimeout']).toBe(6 * (target['Timeout'] as number));
      expect(queue['RedrivePolicy'].maxReceiveCount).toBe(5);
      expect(mapping['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
      expect(mapping['ScalingConfig'].MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
    for (const [id, { Properties }] of ofType('AWS::SQS::Queue')) {
      expect(Properties['SqsManagedSseEnabled']).toBe(true);
      expect(Boolean(Properties['RedrivePolicy']) || deadLetters.has(id)).toBe(true);
    }
  });

  it('take notifications from the files bucket of this account alone, and before the bucket sends them', () => {
    const notifying = ofType('AWS::S3::Bucket').filter(
      ([, { Properties }]) => Properties['NotificationConfiguration'],
    );
    const [bucketId, bucket] = notifying[0]!;
    const [policyId, policy] = ofType('AWS::SQS::QueuePolicy').find(([, candidate]) =>
      JSON.stringify(candidate).includes('s3.amazonaws.com'),
    )!;
    const statement = (policy.Properties['PolicyDocument'].Statement as Statement[]).find((candidate) =>
      JSON.stringify(candidate.Principal).includes('s3.amazonaws.com'),
    )!;

    expect(notifying).toHaveLength(1);
    expect(list(bucket.DependsOn)).toContain(policyId);
    expect(statement.Action).toBe('sqs:SendMessage');
    expect(statement.Condition).toMatchObject({
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    });
    const sourceArn = JSON.stringify(statement.Condition!['ArnEquals']!['aws:SourceArn']);
    expect(refersTo(statement.Condition, bucketId)).toBe(false);
    expect(sourceArn).toContain(
      JSON.stringify(bucket.Properties['BucketName']['Fn::Join'][1][0]).slice(1, -1),
    );
    expect(bucket.Properties['NotificationConfiguration'].QueueConfigurations[0].Filter.S3Key.Rules).toEqual([
      { Name: 'prefix', Value: 'databases/' },
    ]);
  });
});

describe('permissions', () => {
  it('never name every action, and every resource only below a prefix', () => {
    let statements = 0;
    for (const [role, granted] of roleStatements()) {
      for (const { Action, Resource, Effect } of granted) {
        statements++;
        expect(Effect, role).toBe('Allow');
        for (const action of list(Action)) expect(action, role).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
        for (const resource of list(Resource)) {
          const wild = JSON.stringify(resource).replaceAll('/databases/*', '');
          expect(wild.includes('*'), `${role}: ${wild}`).toBe(false);
        }
      }
    }
    expect(statements).toBeGreaterThan(40);
  });

  it('use a role for one function or data source each, and no managed policies', () => {
    const used = [
      ...ofType('AWS::Lambda::Function').map(
        ([, { Properties }]) => Properties['Role']['Fn::GetAtt'][0] as string,
      ),
      ...ofType('AWS::AppSync::DataSource').flatMap(([, { Properties }]) =>
        Properties['ServiceRoleArn'] ? [Properties['ServiceRoleArn']['Fn::GetAtt'][0] as string] : [],
      ),
    ];

    expect(new Set(used).size).toBe(used.length);
    for (const [id, { Properties }] of ofType('AWS::IAM::Role')) {
      expect(Properties['ManagedPolicyArns'], id).toBeUndefined();
      expect(Properties['AssumeRolePolicyDocument'].Statement, id).toHaveLength(1);
    }
  });

  it('let AppSync take a role for this API alone', () => {
    for (const [, { Properties }] of ofType('AWS::AppSync::DataSource')) {
      if (!Properties['ServiceRoleArn']) continue;
      const role = resources[Properties['ServiceRoleArn']['Fn::GetAtt'][0] as string]!;
      const [statement] = role.Properties['AssumeRolePolicyDocument'].Statement as Statement[];
      expect(statement!.Condition).toMatchObject({
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      });
      expect(JSON.stringify(statement!.Condition!['ArnEquals'])).toContain('aws:SourceArn');
    }
  });

  it('let the backend call one field of the API', () => {
    const publishing = [...roleStatements().values()]
      .flat()
      .filter(({ Action }) => Action === 'appsync:GraphQL');

    expect(publishing).toHaveLength(4);
    for (const { Resource } of publishing) {
      expect(JSON.stringify(Resource)).toMatch(/\/types\/Mutation\/fields\/publishIngestionProgress"/);
    }
  });

  it('give each function the variables that it needs, and the permission for what they name', () => {
    const statements = roleStatements();
    for (const [id, { Properties }] of ofType('AWS::Lambda::Function')) {
      const granted = JSON.stringify(statements.get(Properties['Role']['Fn::GetAtt'][0] as string));
      const variables = Properties['Environment'].Variables as Record<string, unknown>;
      for (const [name, value] of Object.entries(variables)) {
        if (typeof value === 'string') continue;
        const target =
          (value as { Ref?: string; 'Fn::GetAtt'?: string[] }).Ref ??
          (value as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0]!;
        expect(granted.includes(`"${target}"`), `${id} has ${name} and may not use it`).toBe(true);
      }
    }
  });
});

describe('functions', () => {
  it('run on Node.js 24 with a log group and limits of their own', () => {
    const groups = new Set<string>();
    for (const [id, { Properties }] of ofType('AWS::Lambda::Function')) {
      expect(Properties, id).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
      expect(Properties['MemorySize'], id).toBeGreaterThanOrEqual(512);
      groups.add(Properties['LoggingConfig'].LogGroup.Ref as string);
    }
    expect(groups.size).toBe(ofType('AWS::Lambda::Function').length);
    for (const [, { Properties }] of ofType('AWS::Logs::LogGroup'))
      expect(Properties['RetentionInDays']).toBe(30);
  });

  it('that answer requests give up before AppSync does', () => {
    for (const [, { Properties }] of ofType('AWS::AppSync::DataSource')) {
      const target = Properties['LambdaConfig']?.LambdaFunctionArn?.['Fn::GetAtt'][0] as string | undefined;
      if (target) expect(resources[target]!.Properties['Timeout']).toBeLessThan(30);
    }
  });

  it('are swept every five minutes', () => {
    const [[ruleId, rule]] = ofType('AWS::Events::Rule') as [[string, Resource]];

    expect(rule.Properties).toMatchObject({ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' });
    expect(JSON.parse(rule.Properties['Targets'][0].Input as string)).toEqual({ operation: 'sweep' });
    expect(
      ofType('AWS::Lambda::Permission').some(([, permission]) =>
        refersTo(permission.Properties['SourceArn'], ruleId),
      ),
    ).toBe(true);
  });
});

describe('the API', () => {
  const schema = (): GraphQLSchema =>
    buildASTSchema(
      parse(`scalar AWSJSON scalar AWSDateTime scalar AWSURL ${joinSchema(readSchemaSources())}`),
      { assumeValidSDL: true },
    );

  it('resolves every root field, and only fields that the schema has', () => {
    const types = schema().getTypeMap();
    const rootFields = ['Query', 'Mutation', 'Subscription'].flatMap((name) => {
      const type = types[name];
      return isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${name}.${field}`) : [];
    });

    expect(Object.keys(resolverTable)).toEqual(expect.arrayContaining(rootFields));
    for (const field of Object.keys(resolverTable)) {
      const [typeName = '', fieldName = ''] = field.split('.');
      const type = types[typeName];
      expect(isObjectType(type) && fieldName in type.getFields(), field).toBe(true);
    }
  });

  it('uses every resolver file, and has a file for every resolver', () => {
    const expected = [
      ...Object.keys(resolverTable),
      ...Object.keys(pipelineFunctions).map((name) => `pipeline.${name}`),
    ];
    const used = new Set(
      Object.values(resolverTable).flatMap((entry) => ('pipeline' in entry ? entry.pipeline : [])),
    );

    expect(
      listResolvers()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(expected.sort());
    expect([...used].sort()).toEqual(Object.keys(pipelineFunctions).sort());
    expect(ofType('AWS::AppSync::Resolver')).toHaveLength(Object.keys(resolverTable).length);
  });

  it('authenticates users by default, then keys and the backend', () => {
    const [[, api]] = ofType('AWS::AppSync::GraphQLApi') as [[string, Resource]];

    expect(api.Properties).toMatchObject({
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
    const [[, definition]] = ofType('AWS::AppSync::GraphQLSchema') as [[string, Resource]];

    expect(definition.Properties['Definition']).not.toMatch(/^(scalar AWS|directive @aws|extend )/m);
    expect((definition.Properties['Definition'] as string).length).toBeLessThan(1_000_000);
  });

  it('lets users sign up by invitation alone', () => {
    const [[, pool]] = ofType('AWS::Cognito::UserPool') as [[string, Resource]];
    const [[, client]] = ofType('AWS::Cognito::UserPoolClient') as [[string, Resource]];

    expect(pool.Properties['AdminCreateUserConfig']).toMatchObject({ AllowAdminCreateUserOnly: true });
    expect(pool.Properties['Policies'].PasswordPolicy).toMatchObject({
      MinimumLength: 12,
      RequireSymbols: true,
    });
    expect(client.Properties['ExplicitAuthFlows']).toEqual([
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ]);
    expect(
      ofType('AWS::Cognito::UserPoolGroup')
        .map(([, { Properties }]) => Properties['GroupName'] as string)
        .sort(),
    ).toEqual(['admin', 'viewer']);
  });
});
