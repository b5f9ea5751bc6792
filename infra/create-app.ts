import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { VectorDbStack } from './vector-db-stack.ts';

export interface AppOptions {
  /** Where the cloud assembly goes; left out, where the CDK command line says. */
  outdir?: string;
  context?: Record<string, unknown>;
}

/** Settings that would otherwise depend on who synthesizes: the command line and the build must make the same template. */
const pinnedContext = {
  'aws:cdk:enable-path-metadata': false,
  'aws:cdk:enable-asset-metadata': false,
  'aws:cdk:version-reporting': false,
  'aws:cdk:disable-stack-trace': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
};

/**
 * Builds the CDK app. Context: `stackName` (VectorDb) names the stack, `throwAway=true` lets tables and buckets be deleted with
 * it, `openAiSecretArn` names the secret of an OpenAI-compatible embedding service.
 */
export function createApp({ outdir, context }: AppOptions): App {
  const app = new App({
    outdir,
    context,
    postCliContext: pinnedContext,
    analyticsReporting: false,
    treeMetadata: false,
  });
  const text = (name: string): string | undefined => {
    const value: unknown = app.node.tryGetContext(name);
    if (value === undefined || typeof value === 'string') return value;
    throw new Error(
      `The context ${name} is ${JSON.stringify(value)}; it must be a string, as -c ${name}=value gives it.`,
    );
  };
  const stackName = text('stackName') ?? 'VectorDb';
  new VectorDbStack(app, stackName, {
    stackName,
    description: 'A vector database: files or vectors in, search out, through one GraphQL API.',
    isThrowAway: text('throwAway') === 'true',
    openAiSecretArn: text('openAiSecretArn'),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
