import { readOperations } from '../../src/index.ts';
import { smallDocument } from './small-document.ts';

const tested = ['listNamespacedPod', 'readNamespacedPod', 'listEgg'];

export interface SmallEndpoint {
  endpoint: string;
  level: string;
  tested: boolean;
  conf_tested: boolean;
  tests: (string | null)[] | null;
  [field: string]: unknown;
}

/** A coverage file of the small document, like published ones: with nulls, a test without a name, a differing level. */
export function createCoverage(fields: Record<string, unknown> = {}): {
  endpoints: SmallEndpoint[];
  [field: string]: unknown;
} {
  const { operations } = readOperations(smallDocument);
  const endpoints = operations
    .filter((operation) => !operation.deprecated)
    .map(({ endpoint, level, path, category, group, version, kind, action, method, description }): SmallEndpoint => {
      const isTested = tested.includes(endpoint);
      return {
        endpoint,
        path,
        category,
        group,
        version,
        kind,
        action,
        release: '1.36.0',
        description: action === 'connect' ? `connect ${method} requests to something` : description,
        level: endpoint === 'listEgg' ? 'beta' : level,
        tested: isTested,
        conf_tested: isTested,
        tests: isTested ? ['b [Conformance]', null, '', 'a'] : [null],
      };
    });
  const stable = endpoints.filter((endpoint) => endpoint.level === 'stable').length;
  return {
    release: '1.36.0',
    release_date: '',
    spec: 'https://example.com/swagger.json',
    sources: ['https://ci/1', 'https://ci/2'],
    endpoints,
    tests: [
      { test: 'a', testname: null, file: null, release: '1.36.0', conformance_test: false, promotion_release: null },
      {
        test: 'b [Conformance]',
        testname: 'B',
        file: 'b.go',
        release: '1.36.0',
        conformance_test: true,
        promotion_release: '1.19.0',
      },
      { test: '', testname: null, file: null, release: '1.36.0', conformance_test: false, promotion_release: null },
      { test: null, testname: null, file: null, release: '1.36.0', conformance_test: false, promotion_release: null },
    ],
    'total endpoints': endpoints.length,
    'tested endpoints': 3,
    'total conformance eligible endpoints': stable,
    'tested conformance eligible endpoints': 2,
    ...fields,
  };
}
