/** The import table of ARCHITECTURE.md: a room may import only what its line allows. */
const generatedSchema = '^schema/(generated/|constraints[.]json$)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      // The typed documents of the client name a package that holds types alone.
      to: { couldNotResolve: true, pathNot: '^(bun:|@graphql-typed-document-node/core$)' },
    },
    room('engine', []),
    room('resolvers', [generatedSchema]),
    room('functions', ['^engine/', generatedSchema]),
    room('infra', ['^resolvers/[^/]+$']),
    room('local', []),
    room('admin', [generatedSchema]),
    room('cli', []),
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'engine-stays-pure',
      comment:
        'The engine gets storage, clock and seed passed in; only its file store and its kernels loader touch Node.js. Stemmers are pure functions.',
      severity: 'error',
      from: { path: '^engine/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'],
        pathNot: '(^|/)node_modules/@orama/stemmers/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(build|node_modules)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

function room(name, allowed) {
  return {
    name: `${name}-imports`,
    severity: 'error',
    from: { path: `^${name}/` },
    to: {
      path: '^(schema|engine|resolvers|functions|infra|local|admin|cli|scripts|test|bench)/',
      pathNot: [`^${name}/`, ...allowed],
    },
  };
}
