import { InvalidAssembly } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';
import type { Iam } from '../iam/index.ts';

interface Statement {
  Effect: string;
  Principal?: unknown;
  Action?: string | string[];
  Resource?: string | string[];
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** Fails when no queue policy lets a service send to a queue: the deployed stack would drop its messages. */
export function requireQueueAccess(resources: Resource[], queueArn: string, service: string): void {
  const queue = resources.find(({ arn }) => arn === queueArn);
  const isAllowed = resources
    .filter(({ typeName }) => typeName === 'AWS::SQS::QueuePolicy')
    .filter(({ properties }) =>
      (properties.Queues as string[]).some((url) => url.endsWith(`/${queue?.physicalId}`)),
    )
    .flatMap(
      ({ properties }) =>
        asList((properties.PolicyDocument as { Statement: unknown }).Statement) as Statement[],
    )
    .some((statement) => allowsService(statement, service, /^(sqs:)?(\*|sendmessage)$/i));
  if (!queue || !isAllowed)
    throw new InvalidAssembly(`no AWS::SQS::QueuePolicy lets ${service} send to ${queueArn}`);
}

function allowsService({ Effect, Principal, Action }: Statement, service: string, action: RegExp): boolean {
  const services =
    Principal === '*' ? [service] : asList((Principal as { Service?: unknown } | undefined)?.Service);
  return (
    Effect === 'Allow' &&
    services.includes(service) &&
    asList(Action).some((name) => action.test(String(name)))
  );
}

/** Fails when no AWS::Lambda::Permission lets a service invoke a function. */
export function requireInvokePermission(resources: Resource[], functionArn: string, service: string): void {
  const target = resources.find(({ arn }) => arn === functionArn);
  const isAllowed = resources.some(
    ({ typeName, properties }) =>
      typeName === 'AWS::Lambda::Permission' &&
      properties.Principal === service &&
      (properties.FunctionName === functionArn || properties.FunctionName === target?.physicalId),
  );
  if (!target || !isAllowed)
    throw new InvalidAssembly(`no AWS::Lambda::Permission lets ${service} invoke ${functionArn}`);
}

const POLLING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** Fails when a function's role may not read the queue that feeds it. */
export function requirePollingAccess(iam: Iam, roleArn: string, queueArn: string): void {
  const { principal } = iam.assumeRole(roleArn, 'event-source-mapping');
  for (const action of POLLING) iam.authorize(principal, action, queueArn);
}
