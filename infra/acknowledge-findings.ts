import { Stack, Validations } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import type { BackendFunctions } from './backend-functions.ts';
import { OBJECT_PREFIX, type Buckets } from './buckets.ts';
import type { GraphqlApi } from './graphql-api.ts';
import type { KeyPepper } from './key-pepper.ts';
import type { UserDirectory } from './user-directory.ts';

/** The constructs that have findings. */
export interface Reviewed {
  buckets: Buckets;
  users: UserDirectory;
  pepper: KeyPepper;
  functions: BackendFunctions;
  api: GraphqlApi;
}

function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}

/** The finding that a role may touch every object below a prefix of this bucket. */
function prefixFinding(bucket: Bucket): string {
  const logicalId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  return `IAM5[Resource::<${logicalId}.Arn>/${OBJECT_PREFIX}*]`;
}

/** Says for each finding of cdk-nag that stays why it does: a finding without a reason fails the synthesis. */
export function acknowledgeFindings({ buckets, users, pepper, functions, api }: Reviewed): void {
  acknowledge(
    buckets,
    'S1',
    'Access logs cost more than the objects of a small database; CloudTrail data events can be turned on where an audit needs them.',
  );
  for (const bucket of [buckets.files, buckets.vectors]) {
    acknowledge(
      functions,
      prefixFinding(bucket),
      'The ids of databases, files and segments are made at run time; the prefix is the narrowest that is known at deployment.',
    );
  }
  acknowledge(
    users,
    'COG2',
    'Users may turn on a second factor by themselves; administrators can require it in the pool.',
  );
  acknowledge(
    users,
    'COG8',
    'The plus plan charges every active user each month; invitations and strong passwords are enough by default.',
  );
  acknowledge(
    pepper,
    'SMG4',
    'A new pepper makes every API key invalid: it is changed by hand, when that is what is wanted.',
  );
  acknowledge(
    api,
    'ASC3',
    'Errors are logged for each field. Verbose content stays out because it holds texts, vectors and new API keys.',
  );
}
