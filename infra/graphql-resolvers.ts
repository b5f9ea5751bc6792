import { existsSync, readFileSync } from 'node:fs';
import { Aws } from 'aws-cdk-lib';
import { CfnDataSource, CfnFunctionConfiguration, CfnResolver } from 'aws-cdk-lib/aws-appsync';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { onTable, type TableAction } from './access.ts';
import type { BackendFunction } from './backend-function.ts';
import type { BackendFunctions } from './backend-functions.ts';
import type { GraphqlApi } from './graphql-api.ts';
import {
  pipelineFunctions,
  resolverTable,
  type DataSourceName,
  type PipelineFunctionName,
  type ResolverEntry,
} from './resolver-table.ts';
import type { Tables } from './tables.ts';

const runtime: CfnResolver.AppSyncRuntimeProperty = { name: 'APPSYNC_JS', runtimeVersion: '1.0.0' };

export interface GraphqlResolversProps {
  api: GraphqlApi;
  tables: Tables;
  functions: BackendFunctions;
}

/** Data sources, pipeline functions and resolvers, as resolver-table.ts lists them. */
export class GraphqlResolvers extends Construct {
  private readonly api: GraphqlApi;
  private readonly dataSources = new Map<DataSourceName, CfnDataSource>();
  private readonly steps = new Map<PipelineFunctionName, CfnFunctionConfiguration>();

  constructor(scope: Construct, id: string, { api, tables, functions }: GraphqlResolversProps) {
    super(scope, id);
    this.api = api;
    this.addSource('none', { type: 'NONE' });
    this.addTable('databasesTable', tables.databases, [
      'GetItem',
      'BatchGetItem',
      'Query',
      'PutItem',
      'UpdateItem',
    ]);
    this.addTable('vectorDataTable', tables.vectorData, ['BatchGetItem', 'Query']);
    this.addTable('apiKeysTable', tables.apiKeys, ['GetItem', 'BatchGetItem', 'UpdateItem']);
    const { search, vectors, files, fileBatch, databases, keys, progress, preview } = functions;
    const sources = { search, vectors, files, fileBatch, databases, keys, progress, preview };
    for (const [name, source] of Object.entries(sources)) {
      this.addFunction(name as DataSourceName, source);
    }
    for (const name of Object.keys(pipelineFunctions)) this.addStep(name as PipelineFunctionName);
    for (const [field, entry] of Object.entries(resolverTable)) this.addResolver(field, entry);
  }

  private addSource(
    name: DataSourceName,
    props: Omit<ConstructorParameters<typeof CfnDataSource>[2], 'apiId' | 'name'>,
  ): void {
    this.dataSources.set(
      name,
      new CfnDataSource(this, `Source-${name}`, { apiId: this.api.apiId, name, ...props }),
    );
  }

  /** A role that only this API may take, for one data source. */
  private createRole(name: DataSourceName, statement: PolicyStatement): Role {
    const conditions = {
      ArnEquals: { 'aws:SourceArn': this.api.arn },
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
    };
    const role = new Role(this, `Role-${name}`, {
      assumedBy: new ServicePrincipal('appsync.amazonaws.com', { conditions }),
    });
    role.addToPolicy(statement);
    return role;
  }

  private addTable(name: DataSourceName, table: Table, actions: TableAction[]): void {
    this.addSource(name, {
      type: 'AMAZON_DYNAMODB',
      serviceRoleArn: this.createRole(name, onTable(table, ...actions)).roleArn,
      dynamoDbConfig: { tableName: table.tableName, awsRegion: Aws.REGION },
    });
  }

  private addFunction(name: DataSourceName, { lambda }: BackendFunction): void {
    const statement = new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [lambda.functionArn],
    });
    this.addSource(name, {
      type: 'AWS_LAMBDA',
      serviceRoleArn: this.createRole(name, statement).roleArn,
      lambdaConfig: { lambdaFunctionArn: lambda.functionArn },
    });
  }

  private sourceName(name: DataSourceName): string {
    const source = this.dataSources.get(name);
    if (!source) throw new Error(`resolver-table.ts names the data source ${name}, which does not exist.`);
    return source.attrName;
  }

  private addStep(name: PipelineFunctionName): void {
    const step = new CfnFunctionConfiguration(this, `Step-${name}`, {
      apiId: this.api.apiId,
      name,
      dataSourceName: this.sourceName(pipelineFunctions[name]),
      code: readBundle(`pipeline.${name}`),
      runtime,
    });
    this.steps.set(name, step);
  }

  private addResolver(field: string, entry: ResolverEntry): void {
    const [typeName = '', fieldName = ''] = field.split('.');
    const shared = { apiId: this.api.apiId, typeName, fieldName, code: readBundle(field), runtime };
    const kind =
      'pipeline' in entry
        ? { kind: 'PIPELINE', pipelineConfig: { functions: entry.pipeline.map((name) => this.stepId(name)) } }
        : {
            kind: 'UNIT',
            dataSourceName: this.sourceName(entry.dataSource),
            maxBatchSize: entry.maxBatchSize,
          };
    const resolver = new CfnResolver(this, `Resolver-${typeName}-${fieldName}`, { ...shared, ...kind });
    resolver.addResourceDependency(this.api.schema);
  }

  private stepId(name: PipelineFunctionName): string {
    const step = this.steps.get(name);
    if (!step) throw new Error(`resolver-table.ts names the step ${name}, which does not exist.`);
    return step.attrFunctionId;
  }
}

/** Bundles stand in the template itself: a difference of templates then shows which code changes. */
function readBundle(name: string): string {
  const path = new URL(`../build/resolvers/${name}.js`, import.meta.url);
  if (!existsSync(path))
    throw new Error(`The bundle build/resolvers/${name}.js is missing: run "npm run build" first.`);
  return readFileSync(path, 'utf8');
}
