import type { Credentials } from '../iam/index.ts';

export interface EnvironmentOptions {
  functionName: string;
  handler: string;
  memoryMb: number;
  codePath: string;
  region: string;
  credentials: Credentials;
  /** Where the AWS protocols answer. */
  awsUrl: string;
  /** What the template declares. */
  variables: Record<string, string>;
}

/** Returns everything a function finds in its environment: what the service sets, the local endpoints, and the template's own. */
export function createEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { functionName, region, credentials, awsUrl } = options;
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: options.codePath,
    _HANDLER: options.handler,
    AWS_ENDPOINT_URL_S3: awsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: awsUrl,
    AWS_ENDPOINT_URL_SQS: awsUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: awsUrl,
    AWS_ENDPOINT_URL_LAMBDA: awsUrl,
    // The developer's own profiles and instance roles must never reach a function.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...options.variables,
  };
}
