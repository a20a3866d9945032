module smarthr360.com/platform/tools/engine/gitleaks

go 1.25.4

require github.com/zricethezav/gitleaks/v8 v8.30.1
