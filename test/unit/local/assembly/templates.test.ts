import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

function resolve(
  templates: Template | Template[],
  parameters: Record<string, string> = {},
): ResolvedAssembly {
  const list = Array.isArray(templates) ? templates : [templates];
  const stacks = list.map((template, index) => ({ name: `Stack${index}`, template }));
  const values = new Map(Object.entries(parameters));
  return resolveAssembly({ stacks, assetPaths: new Map() }, naming, values);
}
const valueOf = (Parameters: Template['Parameters'], given: Record<string, string> = {}): unknown =>
  resolve({ ...(Parameters && { Parameters }), Outputs: { P: { Value: { Ref: 'P' } } } }, given).outputs.P;

const queue = { Type: 'AWS::SQS::Queue' };

describe('a parameter', () => {
  it('takes the value that is given, for one stack or for all', () => {
    const P = { Type: 'String', Default: 'own' };
    const outputs = { P: { Value: { Ref: 'P' } } };
    const two = [0, 1].map(() => ({ Parameters: { P }, Outputs: outputs }));

    expect(valueOf({ P })).toBe('own');
    expect(valueOf({ P }, { P: 'all' })).toBe('all');
    expect(resolve(two, { P: 'all', 'Stack1.P': 'second' }).outputs).toEqual({
      'Stack0.P': 'all',
      'Stack1.P': 'second',
    });
  });

  it('of a list type is a list', () => {
    expect(valueOf({ P: { Type: 'CommaDelimitedList', Default: 'a, b' } })).toEqual(['a', 'b']);
    expect(valueOf({ P: { Type: 'List<Number>' } }, { P: '1,2' })).toEqual(['1', '2']);
  });

  it.each<[object, string, string]>([
    [{ Type: 'String', AllowedValues: ['a', 'b'] }, 'c', 'the parameter P is "c"; expected one of a, b'],
    [{ Type: 'String', AllowedPattern: '[a-z]+' }, 'A', 'expected a value that matches [a-z]+'],
    [{ Type: 'String', MinLength: 3 }, 'ab', 'expected at least 3 characters'],
    [{ Type: 'String', MaxLength: 1 }, 'ab', 'expected at most 1 characters'],
    [{ Type: 'Number' }, 'ten', 'expected a number'],
    [{ Type: 'Number', MinValue: 5 }, '4', 'expected at least 5'],
    [{ Type: 'List<Number>', MaxValue: 5 }, '4,6', 'is "6"; expected at most 5'],
    [{ Type: 'String', MinLength: 9, NoEcho: true }, 'secret', 'is its value; expected'],
  ])('%j refuses %s', (parameter, value, message) => {
    expect(() => valueOf({ P: parameter as { Type: string } }, { P: value })).toThrow(message);
  });

  it('in Parameter Store must be given, when something refers to it', () => {
    const P = { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' };

    expect(() => valueOf({ P })).toThrow('give it with --parameter P=…');
    expect(valueOf({ P }, { P: 'x' })).toBe('x');
    expect(resolve({ Parameters: { P } }).outputs).toEqual({});
  });
});

describe('a template that could not be deployed', () => {
  it.each<[string, Template | Template[], string]>([
    [
      'names a resource that a condition leaves out',
      {
        Conditions: { Never: { 'Fn::Equals': [1, 2] } },
        Resources: { Gone: { ...queue, Condition: 'Never' } },
        Outputs: { Url: { Value: { Ref: 'Gone' } } },
      },
      'names Gone, which the condition Never leaves out',
    ],
    [
      'depends on what is not declared',
      { Resources: { A: { ...queue, DependsOn: ['B'] } } },
      'stack Stack0: A.DependsOn names B, which is not declared',
    ],
    [
      'has resources that wait for each other',
      {
        Resources: {
          A: { ...queue, Properties: { QueueName: { 'Fn::Sub': '${B.Arn}' } } },
          B: { ...queue, DependsOn: 'C' },
          C: { ...queue, Properties: { QueueName: { 'Fn::Join': ['', ['x', { Ref: 'A' }]] } } },
        },
      },
      'circular dependency between resources: A → B → C → A',
    ],
    [
      'has conditions that refer to each other',
      {
        Conditions: { X: { 'Fn::Not': [{ Condition: 'Y' }] }, Y: { 'Fn::Not': [{ Condition: 'X' }] } },
        Resources: { A: { ...queue, Condition: 'X' } },
      },
      'conditions refer to each other: X → Y → X',
    ],
    [
      'exports a name twice',
      [0, 1].map(() => ({ Outputs: { O: { Value: 'v', Export: { Name: 'same' } } } })),
      'stack Stack1: output O exports same, which another stack exports',
    ],
    [
      'imports what a condition leaves out',
      [
        {
          Conditions: { Never: { 'Fn::Equals': [1, 2] } },
          Outputs: { O: { Value: 'v', Condition: 'Never', Export: { Name: 'gone' } } },
        },
        { Outputs: { I: { Value: { 'Fn::ImportValue': 'gone' } } } },
      ],
      'no stack exports gone',
    ],
    [
      'imports in a circle',
      [
        { Outputs: { A: { Value: { 'Fn::ImportValue': 'b' }, Export: { Name: 'a' } } } },
        { Outputs: { B: { Value: { 'Fn::ImportValue': 'a' }, Export: { Name: 'b' } } } },
      ],
      'stacks import from each other',
    ],
  ])('is refused when it %s', (_name, template, message) => {
    expect(() => resolve(template)).toThrow(message);
  });

  it('is refused when a nested property would be left out, by stack, resource and path', () => {
    const Properties = { RedrivePolicy: { deadLetterTargetArn: 'a', maxReceiveCount: 3, colour: 'red' } };

    expect(() => resolve({ Resources: { Jobs: { ...queue, Properties } } })).toThrow(
      'stack Stack0: Jobs (AWS::SQS::Queue): the property RedrivePolicy.colour is not supported on one machine',
    );
  });

  it('may switch off what is not supported', () => {
    const { resources } = resolve({ Resources: { Jobs: { ...queue, Properties: { FifoQueue: false } } } });

    expect(resources).toHaveLength(1);
  });
});

describe('a cloud assembly', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'templates-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const write = (name: string, content: object): void => {
    writeFileSync(join(folder, name), JSON.stringify(content));
  };
  const stack = (templateFile: string) => ({
    type: 'aws:cloudformation:stack',
    properties: { templateFile },
  });

  it('runs nested stacks with their parameters and outputs', () => {
    write('manifest.json', {
      artifacts: {
        App: stack('App.json'),
        'App.assets': { type: 'cdk:asset-manifest', properties: { file: 'App.assets.json' } },
      },
    });
    write('App.assets.json', {
      files: { n: { source: { path: 'nested.json' }, destinations: { d: { objectKey: 'abc.json' } } } },
    });
    write('nested.json', {
      Parameters: { Seconds: { Type: 'Number' } },
      Resources: { Inner: { ...queue, Properties: { VisibilityTimeout: { Ref: 'Seconds' } } } },
      Outputs: { Url: { Value: { Ref: 'Inner' } } },
    });
    write('App.json', {
      Parameters: { Wait: { Type: 'Number', Default: 7 } },
      Resources: {
        Part: {
          Type: 'AWS::CloudFormation::Stack',
          Properties: {
            TemplateURL: { 'Fn::Sub': 'https://s3.${AWS::Region}.${AWS::URLSuffix}/assets/abc.json' },
            Parameters: { Seconds: { Ref: 'Wait' } },
          },
        },
      },
      Outputs: { InnerUrl: { Value: { 'Fn::GetAtt': ['Part', 'Outputs.Url'] } } },
    });

    const { resources, outputs } = resolveAssembly(readAssembly(folder), naming, new Map([['Wait', '9']]));

    expect(resources).toMatchObject([
      { stackName: 'App-Part', logicalId: 'Inner', properties: { VisibilityTimeout: '9' } },
    ]);
    expect(outputs.InnerUrl).toBe('http://127.0.0.1:4001/000000000000/App-Part-Inner');
  });

  it('runs the stacks of its stages, with assets of the folder around', () => {
    mkdirSync(join(folder, 'assembly-Live'));
    write('manifest.json', {
      artifacts: { Live: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Live' } } },
    });
    write('assembly-Live/manifest.json', {
      artifacts: {
        Live: stack('Live.json'),
        assets: { type: 'cdk:asset-manifest', properties: { file: 'a.json' } },
      },
    });
    write('assembly-Live/Live.json', { Resources: { Jobs: queue } });
    const source = (path: string) => ({
      files: { a: { source: { path }, destinations: { d: { objectKey: 'a.zip' } } } },
    });
    write('assembly-Live/a.json', source('../asset.a'));

    const assembly = readAssembly(folder);

    expect(assembly.stacks.map(({ name }) => name)).toEqual(['Live']);
    expect(assembly.assetPaths.get('a.zip')).toBe(join(folder, 'asset.a'));
    write('assembly-Live/a.json', source('../../asset.a'));
    expect(() => readAssembly(folder)).toThrow(/leads out of the assembly/);
  });

  it('refuses a bucket notification of a bucket that it does not declare', () => {
    const Properties = { ServiceToken: 'arn', BucketName: 'elsewhere', NotificationConfiguration: {} };

    expect(() =>
      resolve({ Resources: { Notify: { Type: 'Custom::S3BucketNotifications', Properties } } }),
    ).toThrow('Notify.BucketName is "elsewhere", which the assembly does not declare');
  });
});
