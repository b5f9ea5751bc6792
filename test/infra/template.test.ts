import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  at,
  listOf,
  refersTo,
  synthesizeStack,
  targetOf,
  type SynthesizedStack,
} from '../support/synthesized-stack.ts';

let stack: SynthesizedStack;
const functionsFolder = fileURLToPath(new URL('../../functions/', import.meta.url));

beforeAll(() => {
  stack = synthesizeStack();
});

describe('the template', () => {
  it('is the same each time, and below what CloudFormation takes', () => {
    expect(synthesizeStack().text).toBe(stack.text);
    expect(stack.text.length).toBeLessThan(1_000_000 * 0.75);
    expect(Object.keys(stack.resources).length).toBeLessThan(500);
  });

  it('has no custom resources and no function that is not ours', () => {
    const functions = readdirSync(functionsFolder).filter((name) =>
      existsSync(`${functionsFolder}${name}/handler.ts`),
    );
    const types = Object.values(stack.resources).map(({ Type }) => Type);

    expect(types.filter((type) => /^(Custom::|AWS::CloudFormation::)/.test(type))).toEqual([]);
    expect(stack.ofType('AWS::Lambda::Function')).toHaveLength(functions.length);
  });

  it('has no circle of references', () => {
    const ids = Object.keys(stack.resources);
    const references = new Map(
      ids.map((id) => [id, ids.filter((other) => other !== id && refersTo(stack.resources[id], other))]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (id: string, path: string[]): void => {
      if (path.includes(id)) circles.push([...path, id].join(' → '));
      if (done.has(id) || path.includes(id)) return;
      for (const next of references.get(id) ?? []) visit(next, [...path, id]);
      done.add(id);
    };

    for (const id of ids) visit(id, []);

    expect(circles).toEqual([]);
  });

  it('keeps the logical ids of everything that holds data', () => {
    const stateful =
      /^AWS::(DynamoDB::Table|S3::Bucket|SQS::Queue|Cognito::UserPool|Cognito::UserPoolClient|SecretsManager::Secret|AppSync::GraphQLApi)$/;
    const ids = Object.entries(stack.resources).filter(([, { Type }]) => stateful.test(Type));

    expect(ids.map(([id, { Type }]) => `${Type} ${id}`).sort()).toMatchSnapshot();
  });
});

describe('data', () => {
  it('stays when the stack goes, and can be restored', () => {
    const tables = stack.ofType('AWS::DynamoDB::Table');

    expect(tables).toHaveLength(4);
    for (const [, { Properties, DeletionPolicy }] of tables) {
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      expect(DeletionPolicy).toBe('Retain');
    }
    for (const [, { DeletionPolicy }] of stack.ofType('AWS::S3::Bucket'))
      expect(DeletionPolicy).toBe('Retain');
  });

  it('goes with a throw-away stack', () => {
    const throwAway = synthesizeStack({ throwAway: 'true' });
    const holders = [...throwAway.ofType('AWS::DynamoDB::Table'), ...throwAway.ofType('AWS::S3::Bucket')];

    expect(holders.map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual(holders.map(() => 'Delete'));
    expect(throwAway.text).not.toContain('"DeletionProtectionEnabled":true');
  });

  it('is private, encrypted, and reached over TLS alone', () => {
    const buckets = stack.ofType('AWS::S3::Bucket');
    const policies = stack.ofType('AWS::S3::BucketPolicy');

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
    const rules = stack
      .ofType('AWS::S3::Bucket')
      .flatMap(([, { Properties }]) => listOf(at(Properties, 'CorsConfiguration.CorsRules')));

    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      AllowedMethods: ['POST', 'PUT'],
      AllowedOrigins: ['*'],
      ExposedHeaders: ['etag'],
    });
    expect(at(rules[0], 'AllowedHeaders')).not.toContain('*');
  });
});

describe('functions', () => {
  it('run on Node.js 24 with a log group and limits of their own', () => {
    const functions = stack.ofType('AWS::Lambda::Function');
    const groups = new Set(
      functions.map(([, { Properties }]) => targetOf(at(Properties, 'LoggingConfig.LogGroup'))),
    );

    for (const [id, { Properties }] of functions) {
      expect(Properties, id).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
      expect(Properties['MemorySize'], id).toBeGreaterThanOrEqual(512);
    }
    expect(groups.size).toBe(functions.length);
    for (const [, { Properties }] of stack.ofType('AWS::Logs::LogGroup'))
      expect(Properties['RetentionInDays']).toBe(30);
  });

  it('that answer requests give up before AppSync does', () => {
    const targets = stack
      .ofType('AWS::AppSync::DataSource')
      .map(([, { Properties }]) => at(Properties, 'LambdaConfig.LambdaFunctionArn'));
    const timeouts = targets
      .filter((target) => target !== undefined)
      .map((target) => stack.resource(targetOf(target)).Properties['Timeout']);

    expect(timeouts.length).toBeGreaterThan(3);
    for (const timeout of timeouts) expect(timeout).toBeLessThan(30);
  });

  it('are swept every five minutes', () => {
    const [[ruleId, rule]] = stack.ofType('AWS::Events::Rule') as [
      [string, SynthesizedStack['resources'][string]],
    ];
    const permissions = stack.ofType('AWS::Lambda::Permission');

    expect(rule.Properties).toMatchObject({ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' });
    expect(JSON.parse(at(rule.Properties, 'Targets.0.Input') as string)).toEqual({ operation: 'sweep' });
    expect(permissions.some(([, { Properties }]) => refersTo(Properties['SourceArn'], ruleId))).toBe(true);
  });
});
