/** Style sheets are processed by the bundler; they export nothing. */
declare module "*.css";
