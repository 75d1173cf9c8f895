/** app/router — which URL shows which page. Pages are loaded when they are first gone to. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  parseSearchWith,
  stringifySearchWith,
} from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { Empty } from '../components/page-states.tsx';
import { HomePage } from '../features/home/home-page.tsx';
import { MorePage } from '../shell/more-page.tsx';
import { PageFrame } from '../shell/page.tsx';
import { Shell } from '../shell/shell.tsx';
import { text } from '../text/en.ts';
import { base } from './base.ts';

const root = createRootRoute({ component: Shell, notFoundComponent: NotThere });

/** A parameter of the query that is a text; anything else is as if it were not there. */
function texts<Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): { [Key in Name]?: string } => {
    const found: { [Key in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' && value !== '') found[name] = value;
    }
    return found;
  };
}

const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage });
const servers = createRoute({
  getParentRoute: () => root,
  path: '/servers',
  validateSearch: texts('q', 'state'),
  component: lazyRouteComponent(() => import('../features/servers/servers-page.tsx'), 'ServersPage'),
});
const addServer = createRoute({
  getParentRoute: () => root,
  path: '/servers/new',
  validateSearch: texts('q', 'from'),
  component: lazyRouteComponent(() => import('../features/servers/add-page.tsx'), 'AddPage'),
});
const server = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server',
  validateSearch: texts('tab'),
  component: lazyRouteComponent(() => import('../features/servers/server-page.tsx'), 'ServerPage'),
});
const tools = createRoute({
  getParentRoute: () => root,
  path: '/tools',
  validateSearch: texts('q', 'tool'),
  component: lazyRouteComponent(() => import('../features/tools/tools-page.tsx'), 'ToolsPage'),
});
const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  validateSearch: texts('q', 'call'),
  component: lazyRouteComponent(() => import('../features/activity/activity-page.tsx'), 'ActivityPage'),
});
const approvals = createRoute({
  getParentRoute: () => root,
  path: '/approvals',
  component: lazyRouteComponent(() => import('../features/approvals/approvals-page.tsx'), 'ApprovalsPage'),
});
const review = createRoute({
  getParentRoute: () => root,
  path: '/review',
  component: lazyRouteComponent(() => import('../features/review/review-page.tsx'), 'ReviewPage'),
});
const connectClient = createRoute({
  getParentRoute: () => root,
  path: '/clients/connect/$app',
  component: lazyRouteComponent(() => import('../features/clients/connect-page.tsx'), 'ConnectPage'),
});
const clients = createRoute({
  getParentRoute: () => root,
  path: '/clients',
  component: lazyRouteComponent(() => import('../features/clients/clients-page.tsx'), 'ClientsPage'),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  component: lazyRouteComponent(() => import('../features/audit/audit-page.tsx'), 'AuditPage'),
});
const diagnostics = createRoute({
  getParentRoute: () => root,
  path: '/diagnostics',
  component: lazyRouteComponent(
    () => import('../features/diagnostics/diagnostics-page.tsx'),
    'DiagnosticsPage',
  ),
});
const more = createRoute({ getParentRoute: () => root, path: '/more', component: MorePage });
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/settings-page.tsx'), 'SettingsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    servers,
    addServer,
    server,
    tools,
    activity,
    approvals,
    review,
    connectClient,
    clients,
    audit,
    diagnostics,
    settings,
    more,
  ]),
  basepath: base,
  // Words as they are, so that an address reads as it was typed: `?q=status:error&call=12`.
  parseSearch: parseSearchWith((text) => text),
  stringifySearch: stringifySearchWith(String),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function NotThere() {
  return (
    <PageFrame title={text.common.notThere}>
      <Empty icon={Compass} says={text.common.notThere}>
        <Link className="btn" to="/">
          {text.common.toHome}
        </Link>
      </Empty>
    </PageFrame>
  );
}
