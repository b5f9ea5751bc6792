import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const bundles = fileURLToPath(new URL('../build/functions', import.meta.url));

export interface BackendFunctionProps {
  /** The folder in functions/. */
  name: string;
  memoryMb: number;
  timeout: Duration;
  environment: Record<string, string>;
  statements: PolicyStatement[];
}

/** A function from its bundle, with a role and a log group that nothing else uses. */
export class BackendFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    { name, memoryMb, timeout, environment, statements }: BackendFunctionProps,
  ) {
    super(scope, id);
    const folder = join(bundles, name);
    if (!existsSync(join(folder, 'index.mjs'))) {
      throw new Error(`The bundle build/functions/${name}/index.mjs is missing: run "npm run build" first.`);
    }
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    for (const statement of statements) this.role.addToPolicy(statement);
    this.lambda = new LambdaFunction(this, 'Function', {
      code: Code.fromAsset(folder),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb,
      timeout,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...environment },
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
  }
}
