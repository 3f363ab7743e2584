/** So that plain tsc knows what a .vue import is; vue-tsc looks inside. */
declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent<object, object, unknown>;
  export default component;
}
declare module "*.css";
declare module "*?worker&url" {
  const url: string;
  export default url;
}
