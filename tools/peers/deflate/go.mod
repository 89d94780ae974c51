module waybill.invalid/peers/deflate

go 1.26.8

tool waybill.invalid/peers/deflate/go-gzip
