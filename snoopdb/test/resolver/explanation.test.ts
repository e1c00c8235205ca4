import { describe, expect, test } from 'vitest';
import { createEndpointResolver, readOperations } from '../../src/index.ts';
import { documentWithWidgets } from '../support/small-document.ts';

const { operations } = readOperations(documentWithWidgets);
const resolver = createEndpointResolver(operations);

/** An explanation as a person would note it down. */
function explain(verb: string, requestURI: string, method?: string) {
  const { says, steps, nearest, served, ...how } = resolver.explain({ verb, requestURI, ...(method && { method }) });
  return {
    says,
    method: how.method === null ? 'no method' : `${how.method}, from the ${how.methodFrom}`,
    steps: steps.map((step) => `${step.segment}: ${step.met}${step.name === null ? '' : ` {${step.name}}`}`),
    served: served.join(' '),
    nearest: nearest.map(({ endpoint }) => endpoint),
  };
}

describe('how a request was resolved', () => {
  test('segment by segment', () => {
    expect(explain('get', '/api/v1/namespaces/status/pods/web?x=y')).toMatchInlineSnapshot(`
      {
        "method": "GET, from the verb",
        "nearest": [],
        "says": "GET of /api/v1/namespaces/{namespace}/pods/{name} is readNamespacedPod",
        "served": "GET PUT PATCH DELETE",
        "steps": [
          "api: literal",
          "v1: literal",
          "namespaces: literal",
          "status: parameter {namespace}",
          "pods: literal",
          "web: parameter {name}",
        ],
      }
    `);
  });
  test('with a parameter for the rest of the path, and what the event leaves open', () => {
    expect(explain('get', '/api/v1/namespaces/default/pods/web/proxy/a%2Fb/c/')).toMatchInlineSnapshot(`
      {
        "method": "GET, from the verb",
        "nearest": [],
        "says": "GET of /api/v1/namespaces/{namespace}/pods/{name}/proxy/{path} is connectGetPodProxyPath; the audit log shows a HEAD with the same verb",
        "served": "GET POST OPTIONS HEAD",
        "steps": [
          "api: literal",
          "v1: literal",
          "namespaces: literal",
          "default: parameter {namespace}",
          "pods: literal",
          "web: parameter {name}",
          "proxy: literal",
          "a/b/c: rest {path}",
        ],
      }
    `);
  });
  test('with the method from the sender', () => {
    expect(explain('get', '/api/v1/namespaces/default/pods/web/proxy/a', 'head')).toMatchInlineSnapshot(`
      {
        "method": "HEAD, from the sender",
        "nearest": [],
        "says": "HEAD of /api/v1/namespaces/{namespace}/pods/{name}/proxy/{path} is connectHeadPodProxyPath",
        "served": "GET POST OPTIONS HEAD",
        "steps": [
          "api: literal",
          "v1: literal",
          "namespaces: literal",
          "default: parameter {namespace}",
          "pods: literal",
          "web: parameter {name}",
          "proxy: literal",
          "a: rest {path}",
        ],
      }
    `);
  });
});

describe('where it stopped, and the nearest endpoints', () => {
  test('a typing error', () => {
    expect(explain('list', '/api/v1/namespaces/default/podz')).toMatchInlineSnapshot(`
      {
        "method": "GET, from the verb",
        "nearest": [
          "listNamespacedPod",
          "readNamespace",
          "deleteCollectionNamespacedPod",
          "createNamespacedPod",
          "readNamespaceStatus",
        ],
        "says": "the path is below /api or /apis and not in the document: it has no "podz" below /api/v1/namespaces/{name}",
        "served": "",
        "steps": [
          "api: literal",
          "v1: literal",
          "namespaces: literal",
          "default: parameter {name}",
          "podz: nothing",
        ],
      }
    `);
  });
  test('another version of a kind', () => {
    expect(explain('create', '/apis/early.example.com/v1beta1/eggs')).toMatchInlineSnapshot(`
      {
        "method": "POST, from the verb",
        "nearest": [
          "listBetaEgg",
          "listEgg",
          "createEgg",
        ],
        "says": "the path is below /api or /apis and not in the document: it has no "v1beta1" below /apis/early.example.com",
        "served": "",
        "steps": [
          "apis: literal",
          "early.example.com: literal",
          "v1beta1: nothing",
        ],
      }
    `);
  });
  test('the wrong scope', () => {
    expect(explain('list', '/apis/shop.example.com/v1/widgets')).toMatchInlineSnapshot(`
      {
        "method": "GET, from the verb",
        "nearest": [
          "listShopExampleComV1NamespacedWidget",
          "readThing",
          "listBetaEgg",
          "listEgg",
          "createShopExampleComV1NamespacedWidget",
        ],
        "says": "the path is below /api or /apis and not in the document: it has no "widgets" below /apis/shop.example.com/v1",
        "served": "",
        "steps": [
          "apis: literal",
          "shop.example.com: literal",
          "v1: literal",
          "widgets: nothing",
        ],
      }
    `);
  });
  test('an incomplete path', () => {
    expect(explain('get', '/apis/shop.example.com')).toMatchInlineSnapshot(`
      {
        "method": "GET, from the verb",
        "nearest": [
          "getEarlyAPIGroup",
          "getExampleAPIGroup",
          "logFileHandler",
        ],
        "says": "the path is below /api or /apis and not in the document: it has only longer paths that begin like it",
        "served": "",
        "steps": [
          "apis: literal",
          "shop.example.com: literal",
        ],
      }
    `);
  });
  test('no resource', () => {
    expect(explain('get', '/healthz/ping')).toMatchInlineSnapshot(`
      {
        "method": "GET, from the verb",
        "nearest": [],
        "says": "the path is outside /api and /apis and not in the document, such as /healthz: it has no "healthz" below /",
        "served": "",
        "steps": [
          "healthz: nothing",
        ],
      }
    `);
  });
  test('a method that is not served', () => {
    expect(explain('deletecollection', '/api/v1/namespaces/default/pods/web/exec')).toMatchInlineSnapshot(`
      {
        "method": "DELETE, from the verb",
        "nearest": [
          "connectGetPodExec",
          "connectPostPodExec",
          "deleteNamespacedPod",
          "readNamespacedPod",
          "patchNamespacedPod",
        ],
        "says": "the document has the path, but not with this method: /api/v1/namespaces/{namespace}/pods/{name}/exec serves GET, POST, not DELETE",
        "served": "GET POST",
        "steps": [
          "api: literal",
          "v1: literal",
          "namespaces: literal",
          "default: parameter {namespace}",
          "pods: literal",
          "web: parameter {name}",
          "exec: literal",
        ],
      }
    `);
  });
  test('a verb without a method', () => {
    expect(explain('proxy', '/api/v1/namespaces/default')).toMatchInlineSnapshot(`
      {
        "method": "no method",
        "nearest": [
          "readNamespace",
          "deleteCollectionNamespacedPod",
          "listNamespacedPod",
          "createNamespacedPod",
          "replaceNamespaceFinalize",
        ],
        "says": "the document has the path, but the verb does not tell the HTTP method: /api/v1/namespaces/{name} serves GET, and "proxy" may mean none or several of them",
        "served": "GET",
        "steps": [
          "api: literal",
          "v1: literal",
          "namespaces: literal",
          "default: parameter {name}",
        ],
      }
    `);
  });
  test('no path', () => {
    expect(explain('get', 'api/v1')).toMatchInlineSnapshot(`
      {
        "method": "no method",
        "nearest": [],
        "says": "the event has no requestURI, or one that is not a path or too long",
        "served": "",
        "steps": [],
      }
    `);
  });
});

test('finds the same nearest endpoints in any order of the document', () => {
  const request = { verb: 'list', requestURI: '/apis/nowhere.example.com/v1/namespaces/x/things' };
  const reversed = createEndpointResolver(operations.toReversed());
  expect(reversed.explain(request).nearest).toEqual(resolver.explain(request).nearest);
  expect(resolver.explain(request).nearest).toHaveLength(5);
});
