const words = (text: string): Set<string> => new Set(text.split(/\s+/).filter(Boolean));
const INDEX =
  'IndexName KeySchema Projection ProvisionedThroughput OnDemandThroughput WarmThroughput ContributorInsightsSpecification ReadProvisionedThroughputSettings WriteProvisionedThroughputSettings ReadOnDemandThroughputSettings WriteOnDemandThroughputSettings';

/** What may stand inside of a property, by `<type>.<path>`. Lists are looked into; places that are not named here are checked where they are read. */
const SHAPES: Readonly<Record<string, Set<string>>> = {
  'AWS::AppSync::DataSource.DynamoDBConfig': words('TableName AwsRegion'),
  'AWS::AppSync::DataSource.LambdaConfig': words('LambdaFunctionArn'),
  'AWS::DynamoDB::Table.GlobalSecondaryIndexes': words(INDEX),
  'AWS::DynamoDB::Table.LocalSecondaryIndexes': words(INDEX),
  'AWS::DynamoDB::Table.TimeToLiveSpecification': words('AttributeName Enabled'),
  'AWS::DynamoDB::GlobalTable.TimeToLiveSpecification': words('AttributeName Enabled'),
  'AWS::DynamoDB::GlobalTable.GlobalSecondaryIndexes': words(INDEX),
  'AWS::DynamoDB::GlobalTable.LocalSecondaryIndexes': words(INDEX),
  'AWS::Lambda::EventInvokeConfig.DestinationConfig': words('OnSuccess OnFailure'),
  'AWS::Lambda::EventSourceMapping.ScalingConfig': words('MaximumConcurrency'),
  'AWS::Lambda::Function.Code': words('S3Bucket S3Key S3ObjectVersion SourceKMSKeyArn ZipFile'),
  'AWS::Lambda::Function.Environment': words('Variables'),
  'AWS::S3::Bucket.CorsConfiguration': words('CorsRules'),
  'AWS::S3::Bucket.CorsConfiguration.CorsRules': words(
    'AllowedHeaders AllowedMethods AllowedOrigins ExposedHeaders Id MaxAge',
  ),
  'AWS::S3::Bucket.NotificationConfiguration': words('QueueConfigurations LambdaConfigurations'),
  'AWS::S3::Bucket.NotificationConfiguration.QueueConfigurations': words('Event Queue Filter'),
  'AWS::S3::Bucket.NotificationConfiguration.LambdaConfigurations': words('Event Function Filter'),
  'AWS::S3::Bucket.VersioningConfiguration': words('Status'),
  'AWS::SQS::Queue.RedrivePolicy': words('deadLetterTargetArn maxReceiveCount'),
};

/** Returns the path of the first nested property that would be left out silently. */
export function findUnsupported(path: string, value: unknown): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = findUnsupported(path, item);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const shape = SHAPES[path];
  if (!shape || typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if (!shape.has(name) && !asksForNothing(inner)) return `${path}.${name}`;
    const found = findUnsupported(`${path}.${name}`, inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A feature that is switched off needs no support. */
export function asksForNothing(value: unknown): boolean {
  return value === undefined || value === false || value === 'false';
}
