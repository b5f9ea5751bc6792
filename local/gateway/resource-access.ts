import { InvalidAssembly } from '../assembly/index.ts';
import type { Iam } from '../iam/index.ts';

/** What a service does on its own behalf, and for which resource. */
interface ServiceAccess {
  /** Like `s3.amazonaws.com`. */
  service: string;
  targetArn: string;
  /** On whose account it acts: the bucket, rule or API. */
  sourceArn: string;
}

/** Fails when no policy lets a service send to a queue or invoke a function: the deployed stack would drop its messages. */
export function requireServiceAccess(iam: Iam, { service, targetArn, sourceArn }: ServiceAccess): void {
  const isQueue = targetArn.split(':')[2] === 'sqs';
  const decision = iam.decideService(
    service,
    isQueue ? 'sqs:SendMessage' : 'lambda:InvokeFunction',
    targetArn,
    {
      'aws:SourceArn': sourceArn,
      'aws:SourceAccount': iam.root.principal.accountId,
    },
  );
  if (decision.allowed) return;
  const rule = isQueue ? 'AWS::SQS::QueuePolicy' : 'AWS::Lambda::Permission';
  const verb = isQueue ? 'send to' : 'invoke';
  throw new InvalidAssembly(
    `no ${rule} lets ${service} ${verb} ${targetArn} for ${sourceArn}: ${decision.message}`,
  );
}

/** Fails when a role would not let a service take it, as creating the function or data source does. */
export function requireTrust(
  iam: Iam,
  { roleArn, service, sourceArn }: { roleArn: string; service: string; sourceArn: string },
): void {
  const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': iam.root.principal.accountId };
  if (iam.isTrusted(roleArn, service, context)) return;
  throw new InvalidAssembly(
    `the role ${roleArn} cannot be assumed by ${service} for ${sourceArn}: its AssumeRolePolicyDocument does not allow it`,
  );
}

const POLLING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** Fails when a function's role may not read the queue that feeds it. */
export function requirePollingAccess(iam: Iam, roleArn: string, queueArn: string): void {
  const { principal } = iam.assumeRole(roleArn, 'event-source-mapping');
  for (const action of POLLING) {
    const decision = iam.decide(principal, action, queueArn);
    if (!decision.allowed)
      throw new InvalidAssembly(`the function's role may not read its queue: ${decision.message}`);
  }
}
