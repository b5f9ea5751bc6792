import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAssembly, resolveAssembly } from '../../../../local/assembly/index.ts';
import type { Assembly, Naming, ResolvedAssembly } from '../../../../local/assembly/index.ts';

const naming: Naming = {
  accountId: '000000000000',
  region: 'us-east-1',
  graphqlUrl: 'http://127.0.0.1:4000/graphql',
  realtimeUrl: 'ws://127.0.0.1:4000/graphql/realtime',
  awsUrl: 'http://127.0.0.1:4001',
  issuerOf: (poolId) => `http://127.0.0.1:4000/cognito/${poolId}`,
};

type Template = Assembly['stacks'][number]['template'];

const resolve = (...templates: Template[]): ResolvedAssembly =>
  resolveAssembly(
    {
      stacks: templates.map((template, index) => ({ name: `Stack${index}`, template })),
      assetPaths: new Map(),
    },
    naming,
  );

/** Evaluates one expression as the environment of a function. */
const evaluate = (expression: unknown, template: Template = {}): unknown =>
  resolve({ ...template, Outputs: { Value: { Value: expression } } }).outputs.Value;

const queue = { Type: 'AWS::SQS::Queue' };

describe('intrinsic functions', () => {
  it.each<[unknown, unknown]>([
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }, 'b']] }, 'a-000000000000-b'],
    [{ 'Fn::Sub': 'x-${AWS::Region}-${!Literal}' }, 'x-us-east-1-${Literal}'],
    [{ 'Fn::Sub': ['${Name}!', { Name: { Ref: 'AWS::Partition' } }] }, 'aws!'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b,c'] }] }, 'b'],
    [{ 'Fn::Base64': 'hi' }, 'aGk='],
    [{ list: ['a', { Ref: 'AWS::NoValue' }], gone: { Ref: 'AWS::NoValue' } }, { list: ['a'] }],
  ])('evaluates %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it('evaluates conditions over parameters', () => {
    const template: Template = {
      Parameters: { Stage: { Type: 'String', Default: 'test' } },
      Conditions: {
        IsTest: { 'Fn::Equals': [{ Ref: 'Stage' }, 'test'] },
        IsNeither: { 'Fn::Not': [{ 'Fn::Or': [{ Condition: 'IsTest' }, { 'Fn::Equals': ['a', 'b'] }] }] },
        Both: { 'Fn::And': [{ Condition: 'IsTest' }, { 'Fn::Not': [{ Condition: 'IsNeither' }] }] },
      },
    };

    expect(evaluate({ 'Fn::If': ['Both', 'yes', 'no'] }, template)).toBe('yes');
    expect(evaluate({ 'Fn::If': ['IsNeither', 'yes', { Ref: 'Stage' }] }, template)).toBe('test');
  });

  it('leaves out a resource whose condition is false', () => {
    const { resources } = resolve({
      Conditions: { Never: { 'Fn::Equals': [1, 2] } },
      Resources: { Gone: { ...queue, Condition: 'Never' }, Kept: queue },
    });

    expect(resources.map(({ logicalId }) => logicalId)).toEqual(['Kept']);
  });

  it('leaves a policy condition alone', () => {
    const statement = { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };

    expect(evaluate(statement)).toEqual(statement);
  });

  it('follows exports into another stack', () => {
    const exporting: Template = {
      Resources: { Jobs: queue },
      Outputs: { Url: { Value: { Ref: 'Jobs' }, Export: { Name: 'jobs-url' } } },
    };

    const { outputs } = resolve(exporting, {
      Outputs: { Imported: { Value: { 'Fn::ImportValue': 'jobs-url' } } },
    });

    expect(outputs.Imported).toBe('http://127.0.0.1:4001/000000000000/Stack0-Jobs');
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown reference', { Ref: 'Nowhere' }, /output Value: refers to Nowhere, which is not declared/],
    [
      'an unknown function',
      { 'Fn::Cidr': ['10.0.0.0/8', 1, 8] },
      /output Value: the function Fn::Cidr is not supported/,
    ],
    ['a dynamic reference', '{{resolve:ssm:/secret}}', /dynamic reference/],
    ['an index that is not there', { 'Fn::Select': [3, ['a']] }, /asks for element 3/],
  ])('refuses %s', (_name, expression, message) => {
    expect(() => evaluate(expression)).toThrow(message);
  });

  it('refuses a parameter without a default', () => {
    expect(() => evaluate({ Ref: 'Key' }, { Parameters: { Key: { Type: 'String' } } })).toThrow(
      /the parameter Key has no default/,
    );
  });
});

describe('resources', () => {
  it('names them the same at every start, in the alphabet of their type', () => {
    const Resources = {
      MyBucket: { Type: 'AWS::S3::Bucket' },
      Pool: { Type: 'AWS::Cognito::UserPool' },
      Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'given' } },
    };

    const first = resolve({ Resources }).resources;

    expect(first.map(({ physicalId }) => physicalId)).toEqual([
      expect.stringMatching(/^stack0-mybucket-[0-9a-f]{8}$/),
      expect.stringMatching(/^us-east-1_\w{9}$/),
      'given',
    ]);
    expect(resolve({ Resources }).resources).toEqual(first);
  });

  it('gives references and attributes as the service does', () => {
    const Resources = {
      Jobs: queue,
      Api: { Type: 'AWS::AppSync::GraphQLApi', Properties: {} },
      Secret: { Type: 'AWS::SecretsManager::Secret' },
    };
    const get = (...path: string[]): unknown => evaluate({ 'Fn::GetAtt': path }, { Resources });

    expect(get('Jobs', 'Arn')).toBe('arn:aws:sqs:us-east-1:000000000000:Stack0-Jobs');
    expect(get('Api', 'GraphQLUrl')).toBe('http://127.0.0.1:4000/graphql');
    expect(evaluate({ Ref: 'Secret' }, { Resources })).toMatch(
      /^arn:aws:secretsmanager:us-east-1:000000000000:secret:Stack0-Secret-\w{6}$/,
    );
    expect(() => get('Jobs', 'Colour')).toThrow(
      /Jobs \(AWS::SQS::Queue\): the attribute Colour is not supported/,
    );
  });

  it('lists what does not run here', () => {
    const { notRun } = resolve({
      Resources: { Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Anything: { 'Fn::Cidr': [] } } } },
    });

    expect(notRun).toEqual([{ logicalId: 'Alarm', typeName: 'AWS::CloudWatch::Alarm' }]);
  });

  it('refuses a property that would be left out silently', () => {
    const Resources = { Jobs: { ...queue, Properties: { RedriveAllow: true } } };

    expect(() => resolve({ Resources })).toThrow(
      'Jobs (AWS::SQS::Queue): the property RedriveAllow is not supported on one machine',
    );
  });
});

describe('reading a cloud assembly', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'assembly-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const write = (name: string, content: object): void => {
    writeFileSync(join(folder, name), JSON.stringify(content));
  };

  it('says which file is missing', () => {
    expect(() => readAssembly(folder)).toThrow(/manifest\.json does not exist/);
  });

  it('refuses a path that leads out of the assembly', () => {
    write('manifest.json', {
      artifacts: {
        App: { type: 'aws:cloudformation:stack', properties: { templateFile: '../../etc/passwd' } },
      },
    });

    expect(() => readAssembly(folder)).toThrow(/leads out of the assembly/);
  });

  it('finds assets by their object key', () => {
    write('manifest.json', {
      artifacts: {
        App: { type: 'aws:cloudformation:stack', properties: { templateFile: 'App.template.json' } },
        'App.assets': { type: 'cdk:asset-manifest', properties: { file: 'App.assets.json' } },
      },
    });
    write('App.template.json', {});
    write('App.assets.json', {
      files: {
        abc: {
          source: { path: 'asset.abc', packaging: 'zip' },
          destinations: { here: { objectKey: 'abc.zip' } },
        },
      },
    });

    expect(readAssembly(folder).assetPaths.get('abc.zip')).toBe(join(folder, 'asset.abc'));
  });
});
