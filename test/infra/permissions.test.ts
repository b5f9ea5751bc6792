import { beforeAll, describe, expect, it } from 'vitest';
import {
  at,
  type Json,
  listOf,
  refersTo,
  roleStatements,
  statementsOf,
  synthesizeStack,
  targetOf,
  type SynthesizedStack,
} from '../support/synthesized-stack.ts';

let stack: SynthesizedStack;

beforeAll(() => {
  stack = synthesizeStack();
});

describe('permissions', () => {
  it('never name every action, and every resource only below a prefix', () => {
    let statements = 0;
    for (const [role, granted] of roleStatements(stack)) {
      for (const { Action, Resource, Effect } of granted) {
        statements++;
        expect(Effect, role).toBe('Allow');
        for (const action of listOf(Action)) expect(action, role).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
        const wild = JSON.stringify(Resource).replaceAll('/databases/*', '');
        expect(wild.includes('*'), `${role}: ${wild}`).toBe(false);
      }
    }
    expect(statements).toBeGreaterThan(40);
  });

  it('use a role for one function or data source each, and no managed policies', () => {
    const holders = [
      ...stack.ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties['Role']),
      ...stack.ofType('AWS::AppSync::DataSource').map(([, { Properties }]) => Properties['ServiceRoleArn']),
    ];
    const used = holders.filter((role) => role !== undefined).map(targetOf);

    expect(new Set(used).size).toBe(used.length);
    for (const [id, { Properties }] of stack.ofType('AWS::IAM::Role')) {
      expect(Properties['ManagedPolicyArns'], id).toBeUndefined();
      expect(statementsOf(Properties['AssumeRolePolicyDocument']), id).toHaveLength(1);
    }
  });

  it('let AppSync take a role for this API alone', () => {
    const sources = stack
      .ofType('AWS::AppSync::DataSource')
      .filter(([, { Properties }]) => Properties['ServiceRoleArn']);

    expect(sources.length).toBeGreaterThan(5);
    for (const [, { Properties }] of sources) {
      const role = stack.resource(targetOf(Properties['ServiceRoleArn']));
      const [statement] = statementsOf(role.Properties['AssumeRolePolicyDocument']);
      expect(statement!.Condition).toMatchObject({
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnEquals: { 'aws:SourceArn': expect.anything() as unknown },
      });
    }
  });

  it('let the backend call one field of the API', () => {
    const statements = [...roleStatements(stack).values()].flat();
    const publishing = statements.filter(({ Action }) => Action === 'appsync:GraphQL');

    expect(publishing).toHaveLength(5);
    for (const { Resource } of publishing) {
      expect(JSON.stringify(Resource)).toMatch(/\/types\/Mutation\/fields\/publishIngestionProgress"/);
    }
  });

  it('let the function that reads bytes of anybody read a database, and do nothing else', () => {
    const [[, preview] = []] = stack
      .ofType('AWS::Lambda::Function')
      .filter(([id]) => id.startsWith('FunctionsPreview'));
    const granted = roleStatements(stack).get(targetOf(preview?.Properties['Role'])) ?? [];
    const [databases] = stack
      .ofType('AWS::DynamoDB::Table')
      .find(([id]) => id.startsWith('TablesDatabases'))!;

    expect(granted.map(({ Action }) => Action)).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      'dynamodb:GetItem',
    ]);
    expect(targetOf(granted[1]?.Resource)).toBe(databases);
    expect(Object.keys(at(preview?.Properties, 'Environment.Variables') as object)).toEqual([
      'NODE_OPTIONS',
      'DATABASES_TABLE',
    ]);
  });

  it('give each function the permission for what its variables name', () => {
    const statements = roleStatements(stack);
    for (const [id, { Properties }] of stack.ofType('AWS::Lambda::Function')) {
      const granted = statements.get(targetOf(Properties['Role']));
      for (const [name, value] of Object.entries(
        (at(Properties, 'Environment.Variables') ?? {}) as Record<string, Json>,
      )) {
        if (typeof value === 'string') continue;
        expect(refersTo(granted, targetOf(value)), `${id} has ${name} and may not use it`).toBe(true);
      }
    }
  });
});

describe('queues', () => {
  it('have a queue for dead letters, encryption, and six times the time of their function', () => {
    const mappings = stack.ofType('AWS::Lambda::EventSourceMapping');

    expect(mappings).toHaveLength(3);
    for (const [, { Properties }] of mappings) {
      const queue = stack.resource(targetOf(Properties['EventSourceArn'])).Properties;
      const target = stack.resource(targetOf(Properties['FunctionName'])).Properties;
      expect(queue['VisibilityTimeout']).toBe(6 * Number(target['Timeout']));
      expect(at(queue, 'RedrivePolicy.maxReceiveCount')).toBe(5);
      expect(Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
      expect(at(Properties, 'ScalingConfig.MaximumConcurrency')).toBeGreaterThanOrEqual(2);
    }
  });

  it('are all encrypted, and each is or has a queue for dead letters', () => {
    const queues = stack.ofType('AWS::SQS::Queue');
    const targets = queues.map(([, { Properties }]) => at(Properties, 'RedrivePolicy.deadLetterTargetArn'));
    const deadLetters = new Set(targets.filter((target) => target !== undefined).map(targetOf));

    expect(deadLetters.size).toBe(3);
    for (const [id, { Properties }] of queues) {
      expect(Properties['SqsManagedSseEnabled'], id).toBe(true);
      expect(Boolean(Properties['RedrivePolicy']) !== deadLetters.has(id), id).toBe(true);
    }
  });

  it('take notifications from the files bucket of this account alone, and before the bucket sends them', () => {
    const notifying = stack
      .ofType('AWS::S3::Bucket')
      .filter(([, { Properties }]) => Properties['NotificationConfiguration']);
    const [bucketId, bucket] = notifying[0]!;
    const policies = stack
      .ofType('AWS::SQS::QueuePolicy')
      .flatMap(([id, { Properties }]) =>
        statementsOf(Properties['PolicyDocument']).map((statement) => ({ id, statement })),
      );
    const allowing = policies.filter(({ statement }) =>
      JSON.stringify(statement.Principal).includes('s3.amazonaws.com'),
    );
    const { id, statement } = allowing[0]!;

    expect([notifying.length, allowing.length]).toEqual([1, 1]);
    expect(listOf(bucket.DependsOn)).toContain(id);
    expect(statement.Action).toBe('sqs:SendMessage');
    expect(statement.Condition).toMatchObject({
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    });
    expect(refersTo(statement.Condition, bucketId)).toBe(false);
    const sourceArn = JSON.stringify(at(statement.Condition, 'ArnEquals.aws:SourceArn'));
    expect(sourceArn).toContain(JSON.stringify(bucket.Properties['BucketName']));
    expect(
      at(bucket.Properties, 'NotificationConfiguration.QueueConfigurations.0.Filter.S3Key.Rules'),
    ).toEqual([{ Name: 'prefix', Value: 'databases/' }]);
  });
});
